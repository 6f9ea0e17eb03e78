// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/arguments.h"

#include "config/values.h"
#include "rpc/socket_path.h"
#include "schema/near_miss.h"

#include <algorithm>

namespace mainstay::cli {
namespace {

tl::unexpected<Error> usage(const char *code, const QString &message, const QString &remedy)
{
    return fail(code, message.toStdString(), remedy.toStdString());
}

// "did you mean `x`?", or else where help is.
QString suggestion(const QString &word, const QStringList &candidates, const QString &helpFor)
{
    std::vector<std::string> texts;
    for (const QString &candidate : candidates)
        texts.push_back(candidate.toStdString());
    const std::string meant = schema::nearMiss(word.toStdString(), {texts.begin(), texts.end()});
    if (!meant.empty())
        return QStringLiteral("did you mean `%1`?").arg(QString::fromStdString(meant));
    return QStringLiteral("try: mainstayctl%1 --help").arg(helpFor.isEmpty() ? QString() : QLatin1Char(' ') + helpFor);
}

class ArgumentReader {
public:
    ArgumentReader(const QStringList &words, const std::vector<Verb> &verbs) : m_words(words), m_verbs(verbs) {}

    Result<Arguments> read();

private:
    Result<> readWords();
    Result<> longOption(const QString &text);
    Result<> letters(const QString &text);
    Result<> set(const Option &option, const QString &spelling, std::optional<QString> value);
    Result<> setCommon(const QString &name, const QString &value);
    [[nodiscard]] const Option *optionNamed(const QString &name) const;
    [[nodiscard]] const Option *optionLettered(QChar letter) const;
    template <class Predicate>
    [[nodiscard]] const Option *findOption(Predicate matches) const;
    Result<> findVerb();
    [[nodiscard]] Result<> unknownVerb() const;
    [[nodiscard]] Result<> checkCount() const;
    [[nodiscard]] QString verbName() const { return m_arguments.verb ? m_arguments.verb->name : m_arguments.group; }

    QStringList m_words;
    const std::vector<Verb> &m_verbs;
    Arguments m_arguments;
    bool m_onlyPositional = false;
};

Result<Arguments> ArgumentReader::read()
{
    if (Result<> read = readWords(); !read)
        return forward(std::move(read));
    if (m_arguments.socket.isEmpty())
        m_arguments.socket = rpc::defaultSocketPath();
    if (m_arguments.help || m_arguments.version)
        return m_arguments;
    if (Result<> counted = checkCount(); !counted)
        return forward(std::move(counted));
    return m_arguments;
}

Result<> ArgumentReader::readWords()
{
    while (!m_words.isEmpty()) {
        const QString word = m_words.takeFirst();
        Result<> taken;
        if (!m_onlyPositional && word == QLatin1String("--"))
            m_onlyPositional = true;
        else if (!m_onlyPositional && word.startsWith(QLatin1String("--")))
            taken = longOption(word.mid(2));
        else if (!m_onlyPositional && word.size() > 1 && word.startsWith(QLatin1Char('-')))
            taken = letters(word.mid(1));
        else {
            m_arguments.positional << word;
            if (!m_arguments.verb)
                taken = findVerb();
        }
        if (!taken)
            return taken;
    }
    return {};
}

Result<> ArgumentReader::longOption(const QString &text)
{
    const qsizetype equals = text.indexOf(QLatin1Char('='));
    const QString name = text.left(equals);
    const QString spelling = QStringLiteral("--") + name;
    const Option *option = optionNamed(name);
    if (!option) {
        QStringList known;
        for (const Option &common : commonOptions())
            known << QStringLiteral("--") + common.name;
        for (const Option &own : m_arguments.verb ? m_arguments.verb->options : std::vector<Option>())
            known << QStringLiteral("--") + own.name;
        return usage("usage.unknown-option", QStringLiteral("unknown option `%1`").arg(spelling),
                     suggestion(spelling, known, verbName()));
    }
    return set(*option, spelling, equals < 0 ? std::nullopt : std::optional(text.mid(equals + 1)));
}

Result<> ArgumentReader::letters(const QString &text)
{
    for (qsizetype i = 0; i < text.size(); ++i) {
        const QString spelling = QStringLiteral("-") + text[i];
        const Option *option = optionLettered(text[i]);
        if (!option)
            return usage("usage.unknown-option", QStringLiteral("unknown option `%1`").arg(spelling),
                         suggestion(spelling, {}, verbName()));
        if (!option->value.isEmpty() && i + 1 < text.size())
            return set(*option, spelling, text.mid(i + 1));
        if (Result<> done = set(*option, spelling, std::nullopt); !done)
            return done;
    }
    return {};
}

Result<> ArgumentReader::set(const Option &option, const QString &spelling, std::optional<QString> value)
{
    if (option.value.isEmpty() && value)
        return usage("usage.value", QStringLiteral("`%1` takes no value").arg(spelling),
                     suggestion({}, {}, verbName()));
    if (!option.value.isEmpty() && !value) {
        if (m_words.isEmpty())
            return usage("usage.value", QStringLiteral("`%1` needs a value: %2").arg(spelling, option.value),
                         suggestion({}, {}, verbName()));
        value = m_words.takeFirst();
    }
    const auto &common = commonOptions();
    if (std::any_of(common.begin(), common.end(), [&](const Option &known) { return known.name == option.name; }))
        return setCommon(option.name, value.value_or(QString()));
    m_arguments.options.insert(option.name, value.value_or(QString()));
    return {};
}

Result<> ArgumentReader::setCommon(const QString &name, const QString &value)
{
    if (name == QLatin1String("json"))
        m_arguments.json = true;
    else if (name == QLatin1String("help"))
        m_arguments.help = true;
    else if (name == QLatin1String("version"))
        m_arguments.version = true;
    else if (name == QLatin1String("socket"))
        m_arguments.socket = value;
    else if (const auto timeout = config::Duration::parse(value.toStdString()); timeout)
        m_arguments.timeout = *timeout;
    else
        return fail("usage.value", "`--timeout`: " + timeout.error().message, timeout.error().remedy);
    return {};
}

template <class Predicate>
const Option *ArgumentReader::findOption(Predicate matches) const
{
    if (m_arguments.verb) {
        const auto &own = m_arguments.verb->options;
        if (const auto found = std::find_if(own.begin(), own.end(), matches); found != own.end())
            return &*found;
    }
    const auto &common = commonOptions();
    const auto found = std::find_if(common.begin(), common.end(), matches);
    return found == common.end() ? nullptr : &*found;
}

const Option *ArgumentReader::optionNamed(const QString &name) const
{
    return findOption([&](const Option &option) { return option.name == name; });
}

const Option *ArgumentReader::optionLettered(QChar letter) const
{
    return findOption([&](const Option &option) { return !option.letter.isNull() && option.letter == letter; });
}

// A verb is one word or two; until it is complete, its words are the positional ones.
Result<> ArgumentReader::findVerb()
{
    const QString words = m_arguments.positional.join(QLatin1Char(' '));
    for (const Verb &verb : m_verbs) {
        if (verb.name == words) {
            m_arguments.verb = &verb;
            m_arguments.group.clear();
            m_arguments.positional.clear();
            return {};
        }
    }
    if (words == QLatin1String("help")) {
        m_arguments.help = true;
        m_arguments.positional.clear();
        return {};
    }
    const auto isInGroup = [&](const Verb &verb) { return verb.name.startsWith(words + QLatin1Char(' ')); };
    if (m_arguments.positional.size() == 1 && std::any_of(m_verbs.begin(), m_verbs.end(), isInGroup)) {
        m_arguments.group = words;
        return {};
    }
    return unknownVerb();
}

Result<> ArgumentReader::unknownVerb() const
{
    // Within a group it is the second word that is wrong; alone it may be one that only lacks its group.
    const QString words = m_arguments.positional.join(QLatin1Char(' '));
    const QString message = QStringLiteral("unknown verb `%1`").arg(words);
    QStringList known;
    for (const Verb &verb : m_verbs) {
        if (verb.name.section(QLatin1Char(' '), 1) == words)
            return usage("usage.unknown-verb", message, QStringLiteral("did you mean `%1`?").arg(verb.name));
        known << (m_arguments.group.isEmpty() ? verb.name.section(QLatin1Char(' '), 0, 0) : verb.name);
    }
    return usage("usage.unknown-verb", message, suggestion(words, known, m_arguments.group));
}

Result<> ArgumentReader::checkCount() const
{
    if (!m_arguments.verb && !m_arguments.group.isEmpty())
        return usage("usage.incomplete", QStringLiteral("`%1` needs a second word").arg(m_arguments.group),
                     suggestion({}, {}, m_arguments.group));
    if (!m_arguments.verb)
        return usage("usage.no-verb", QStringLiteral("no verb was given"), suggestion({}, {}, {}));
    const QStringList declared = m_arguments.verb->arguments.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    const qsizetype given = m_arguments.positional.size();
    if (given < declared.size() && !declared[given].startsWith(QLatin1Char('[')))
        return usage("usage.missing", QStringLiteral("`%1` needs %2").arg(verbName(), declared[given]),
                     suggestion({}, {}, verbName()));
    if (given > declared.size())
        return usage("usage.excess",
                     QStringLiteral("`%1` does not take `%2`").arg(verbName(), m_arguments.positional[declared.size()]),
                     suggestion({}, {}, verbName()));
    return {};
}

} // namespace

std::optional<QString> Arguments::value(const QString &option) const
{
    const auto found = options.constFind(option);
    return found == options.constEnd() ? std::nullopt : std::optional(*found);
}

Result<std::optional<quint64>> Arguments::number(const QString &option, quint64 min, quint64 max) const
{
    const auto text = value(option);
    if (!text)
        return std::nullopt;
    return wholeNumber(*text, QStringLiteral("--") + option, min, max).map([](quint64 number) {
        return std::optional(number);
    });
}

Result<std::optional<Milliseconds>> Arguments::duration(const QString &option) const
{
    const auto text = value(option);
    if (!text)
        return std::nullopt;
    const auto duration = config::Duration::parse(text->toStdString());
    if (!duration)
        return fail("usage.value", "`--" + option.toStdString() + "`: " + duration.error().message,
                    duration.error().remedy);
    return std::optional<Milliseconds>(*duration);
}

const std::vector<Option> &commonOptions()
{
    static const std::vector<Option> options = {
        {QStringLiteral("json"), {}, {}, QStringLiteral("Print JSON, for programs")},
        {QStringLiteral("socket"),
         {},
         QStringLiteral("PATH"),
         QStringLiteral("Management socket (default: $MAINSTAY_SOCKET, else /run/mainstay/control.sock)")},
        {QStringLiteral("timeout"),
         {},
         QStringLiteral("TIME"),
         QStringLiteral("How long to wait for an answer, as in 250ms, 60s, 5m (default: 60s)")},
        {QStringLiteral("help"), QLatin1Char('h'), {}, QStringLiteral("Print this help")},
        {QStringLiteral("version"), {}, {}, QStringLiteral("Print the version")},
    };
    return options;
}

Result<Arguments> readArguments(const QStringList &words, const std::vector<Verb> &verbs)
{
    return ArgumentReader(words, verbs).read();
}

Result<quint64> wholeNumber(const QString &text, const QString &what, quint64 min, quint64 max)
{
    bool whole = false;
    const quint64 number = text.toULongLong(&whole);
    if (!whole || number < min || number > max)
        return usage(
            "usage.value",
            QStringLiteral("`%1` must be a whole number from %2 to %3, not `%4`").arg(what).arg(min).arg(max).arg(text),
            {});
    return number;
}

} // namespace mainstay::cli
