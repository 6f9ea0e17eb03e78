// SPDX-License-Identifier: GPL-3.0-or-later
// mainstayctl: the command line of a Mainstay service.
#include "cli/run.h"

#include <QCoreApplication>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    return mainstay::cli::run(QCoreApplication::arguments().mid(1));
}
