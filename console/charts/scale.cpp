// SPDX-License-Identifier: GPL-3.0-or-later
#include "charts/scale.h"

#include <cmath>
#include <initializer_list>

namespace mainstay::charts {

double roundTop(double value, double least, bool bytes)
{
    if (!(value > least))
        return least;
    const double base = bytes ? 2 : 10;
    const double unit = std::pow(base, std::floor(std::log(value) / std::log(base)));
    const auto smallest = [&](std::initializer_list<double> factors) {
        for (const double factor : factors) {
            if (factor * unit >= value)
                return factor * unit;
        }
        return base * unit;
    };
    return bytes ? smallest({1, 1.5}) : smallest({1, 2, 4, 6, 8});
}

Decades decadesAround(double least, double most)
{
    if (!(least > 0) || !(most >= least))
        return {};
    const double low = std::floor(std::log10(least));
    const double high = std::ceil(std::log10(most));
    return {std::pow(10, low), std::pow(10, high > low ? high : low + 1)};
}

int windowSeconds(double seconds)
{
    for (const int window : {60, 120, 300}) {
        if (seconds <= window)
            return window;
    }
    return 600;
}

} // namespace mainstay::charts
