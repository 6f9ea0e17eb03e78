// SPDX-License-Identifier: GPL-3.0-or-later
// The types a setting may have, told apart, for the visitors over describe().
#pragma once

#include "config/setting.h"
#include "config/values.h"

#include <concepts>
#include <map>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace mainstay::schema {

namespace detail {
struct AnyVisitor {
    template <class Object, class Value>
    void operator()(Value Object::*, const char *, const config::Setting &) const
    {}
};
template <class T>
struct ReferenceTrait : std::false_type {};
template <class T>
struct ReferenceTrait<config::Reference<T>> : std::true_type {};
template <class T>
struct ListTrait : std::false_type {};
template <class T>
struct ListTrait<std::vector<T>> : std::true_type {};
template <class T>
struct NamedTrait : std::false_type {};
template <class T>
struct NamedTrait<std::map<std::string, T>> : std::true_type {};
} // namespace detail

template <class T>
concept Described = requires { T::describe(detail::AnyVisitor{}); };
template <class T>
concept Enumeration = std::is_enum_v<T> && requires(T value) { enumerators(value); };
template <class T>
concept ReferenceValue = detail::ReferenceTrait<T>::value;
template <class T>
concept List = detail::ListTrait<T>::value;
// Objects of their own, by name.
template <class T>
concept NamedObjects = detail::NamedTrait<T>::value;
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;
// An object with a rule of its own for names.
template <class T>
concept ChecksNames = requires(std::string_view name) { T::checkName(name); };

// Calls visit(value, name, setting) for each setting of the object.
template <Described T, class Visit>
void forEachSetting(T &object, Visit visit)
{
    std::remove_const_t<T>::describe(
        [&](auto member, const char *name, const config::Setting &setting) { visit(object.*member, name, setting); });
}

template <Enumeration T>
std::string_view enumName(T value)
{
    for (const auto &one : enumerators(T{}))
        if (one.value == value)
            return one.name;
    return {};
}

template <Enumeration T>
std::vector<std::string_view> enumNames()
{
    std::vector<std::string_view> names;
    for (const auto &one : enumerators(T{}))
        names.push_back(one.name);
    return names;
}

// The word before a name in a path: "backend" for BackendConfig. `Root` lists the kinds.
template <Described Root, Described T>
std::string_view kindName()
{
    std::string_view kind;
    Root::describe([&]<class Value>(Value Root::*, const char *name, const config::Setting &) {
        if constexpr (std::same_as<Value, std::map<std::string, T>>)
            kind = name;
    });
    return kind;
}

} // namespace mainstay::schema
