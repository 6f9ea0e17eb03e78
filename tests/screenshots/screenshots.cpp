// SPDX-License-Identifier: GPL-3.0-or-later
// Pictures of every page of the console, light and dark, from a live service or from the canned one.
#include "pages/log_view.h"
#include "pages/row_view.h"
#include "support/canned_service.h"
#include "window/main_window.h"
#include "window/problems_dialog.h"

#include <QApplication>
#include <QCommandLineParser>
#include <QDir>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace mainstay;

namespace {

constexpr Milliseconds kSettle{700};

class Photographer {
public:
    Photographer(window::MainWindow &window, look::Appearance &appearance, QDir folder, QString suffix, QString sql)
        : m_window(window), m_appearance(appearance), m_folder(std::move(folder)), m_suffix(std::move(suffix)),
          m_sql(std::move(sql))
    {}

    bool takeAll()
    {
        for (pages::Page *page : m_window.pages()) {
            m_window.showPage(page->iconName());
            query(*page);
            chooseTalkativeApp(*page);
            for (const auto scheme : {look::Scheme::light, look::Scheme::dark}) {
                m_appearance.choose(scheme);
                QTest::qWait(static_cast<int>(kSettle.count()));
                if (!take(m_window, page->iconName(),
                          scheme == look::Scheme::light ? QStringLiteral("light") : QStringLiteral("dark")))
                    return false;
            }
        }
        return true;
    }

    bool take(QWidget &widget, const QString &name, const QString &shade)
    {
        const QString file = m_folder.filePath(QStringLiteral("console-%1-%2%3.png").arg(name, shade, m_suffix));
        if (widget.grab().save(file))
            return true;
        std::fprintf(stderr, "cannot write %s\n", qPrintable(file));
        return false;
    }

private:
    // A page with a query box shows what it answers.
    void query(pages::Page &page) const
    {
        auto *sql = page.findChild<QPlainTextEdit *>();
        if (sql == nullptr || !sql->isEnabled() || !sql->isVisible())
            return;
        sql->setPlainText(m_sql);
        sql->setFocus();
        QTest::keyClick(sql, Qt::Key_Return, Qt::ControlModifier);
    }

    // A page with an app's output shows one that has printed something.
    static void chooseTalkativeApp(pages::Page &page)
    {
        const auto *log = page.findChild<pages::LogView *>();
        auto *view = page.findChild<pages::RowView *>();
        for (int i = 0; log != nullptr && i < view->model()->rowCount(); ++i) {
            view->setCurrentIndex(view->model()->index(i, 0));
            QTest::qWait(static_cast<int>(kSettle.count()));
            if (log->lines().rowCount() > 3)
                return;
        }
    }

    window::MainWindow &m_window;
    look::Appearance &m_appearance;
    const QDir m_folder;
    const QString m_suffix;
    const QString m_sql;
};

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    QCommandLineParser options;
    options.addOption({QStringLiteral("socket"), {}, QStringLiteral("PATH")});
    options.addOption({QStringLiteral("into"), {}, QStringLiteral("FOLDER"), QStringLiteral(".")});
    options.addOption({QStringLiteral("seconds"), {}, QStringLiteral("N"), QStringLiteral("5")});
    options.addOption({QStringLiteral("size"), {}, QStringLiteral("WxH"), QStringLiteral("1280x800")});
    options.addOption({QStringLiteral("suffix"), {}, QStringLiteral("TEXT")});
    options.addOption(
        {QStringLiteral("sql"), {}, QStringLiteral("STATEMENT"), QStringLiteral("SELECT * FROM guestbook")});
    options.addOption({QStringLiteral("font"), {}, QStringLiteral("NAME"), QStringLiteral("Noto Sans")});
    options.process(application);
    QApplication::setFont(QFont(options.value(QStringLiteral("font")), 10));

    const QTemporaryDir folder;
    std::unique_ptr<CannedService> canned;
    QString socket = options.value(QStringLiteral("socket"));
    if (socket.isEmpty()) {
        socket = folder.filePath(QStringLiteral("s"));
        canned = std::make_unique<CannedService>(socket);
    }
    look::Appearance appearance;
    window::Workspace workspace;
    window::MainWindow main(workspace, appearance);
    const QStringList size = options.value(QStringLiteral("size")).split(QLatin1Char('x'));
    main.resize(size[0].toInt(), size[1].toInt());
    workspace.session.start(socket);
    main.show();
    main.activateWindow();
    QTest::qWait(options.value(QStringLiteral("seconds")).toInt() * 1000);

    Photographer photographer(main, appearance, QDir(options.value(QStringLiteral("into"))),
                              options.value(QStringLiteral("suffix")), options.value(QStringLiteral("sql")));
    bool whole = photographer.takeAll();
    if (canned) { // which has problems to show, and can go
        window::ProblemsDialog problems(workspace.inventory);
        problems.show();
        QTest::qWait(static_cast<int>(kSettle.count()));
        whole = whole && photographer.take(problems, QStringLiteral("problems"), QStringLiteral("dark"));
        canned.reset();
        QTest::qWait(static_cast<int>(kSettle.count()));
        whole = whole && photographer.take(main, QStringLiteral("away"), QStringLiteral("dark"));
    }
    return whole ? 0 : 1;
}
