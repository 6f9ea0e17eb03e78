// SPDX-License-Identifier: GPL-3.0-or-later
#include "window/options.h"

#include "rpc/socket_path.h"

#include <QCoreApplication>

namespace mainstay::window {

Result<Options> readOptions(const QStringList &words)
{
    Options options;
    options.socket = rpc::defaultSocketPath();
    const QString socketIs = QStringLiteral("--socket=");
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString &word = words[i];
        if (word.startsWith(socketIs))
            options.socket = word.mid(socketIs.size());
        else if (word == QLatin1String("--socket") && i + 1 < words.size())
            options.socket = words[++i];
        else if (word == QLatin1String("--socket"))
            return fail("usage.value", "`--socket` needs a value: PATH", "try: mainstay-console --help");
        else
            return fail("usage.option", "there is no option `" + word.toStdString() + "`",
                        "try: mainstay-console --help");
    }
    return options;
}

QString helpText()
{
    return QCoreApplication::translate(
        "Options", "mainstay-console shows a Mainstay service in a window and steers it.\n\n"
                   "Usage: mainstay-console [OPTIONS]\n\nOptions:\n"
                   "  --socket PATH  management socket of the service; else MAINSTAY_SOCKET of the\n"
                   "                 environment, else /run/mainstay/control.sock\n"
                   "  --version      print the version and end\n"
                   "  -h, --help     print this and end\n\n"
                   "A console shows a service of another machine through ssh:\n"
                   "  ssh -L /tmp/mainstay.sock:/run/mainstay/control.sock HOST\n"
                   "  mainstay-console --socket /tmp/mainstay.sock\n");
}

} // namespace mainstay::window
