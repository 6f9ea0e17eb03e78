// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/instance_question.h"

#include <QHostAddress>
#include <QNetworkProxy>
#include <QTcpSocket>
#include <QTimer>

#include <memory>
#include <utility>

namespace mainstay::control {

void askInstance(QObject *asker, const InstanceQuestion &question, std::function<void(const QByteArray &answer)> done)
{
    auto *socket = new QTcpSocket(asker);
    auto answer = std::make_shared<QByteArray>();
    auto *timer = new QTimer(socket);
    const auto end = [asker, socket, timer, answer, done = std::move(done)] {
        timer->stop();
        socket->disconnect(asker);
        socket->abort();
        socket->deleteLater();
        done(*answer);
    };
    const QByteArray request = QByteArray("GET ") + question.path +
                               " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nMainstay-Token: " +
                               QByteArray::fromStdString(question.token) + "\r\n\r\n";
    QObject::connect(socket, &QTcpSocket::connected, asker, [socket, request] { socket->write(request); });
    QObject::connect(socket, &QTcpSocket::readyRead, asker, [socket, answer, end] {
        *answer += socket->readAll();
        if (answer->size() <= InstanceQuestion::kLongestAnswer)
            return;
        answer->clear();
        end();
    });
    QObject::connect(socket, &QTcpSocket::disconnected, asker, end);
    QObject::connect(socket, &QTcpSocket::errorOccurred, asker, end);
    // A half of an answer is none.
    timer->setSingleShot(true);
    QObject::connect(timer, &QTimer::timeout, asker, [answer, end] {
        answer->clear();
        end();
    });
    timer->start(question.patience);
    socket->setProxy(QNetworkProxy::NoProxy);
    socket->setReadBufferSize(InstanceQuestion::kLongestAnswer + 1);
    socket->connectToHost(QHostAddress(QString::fromStdString(question.address.address.text())), question.address.port);
}

void dropQuestions(QObject *asker)
{
    const auto sockets = asker->findChildren<QTcpSocket *>();
    for (QTcpSocket *socket : sockets) {
        socket->disconnect(asker);
        const auto timers = socket->findChildren<QTimer *>();
        for (QTimer *timer : timers)
            timer->stop();
    }
}

QByteArray bodyOf(const QByteArray &answer)
{
    const qsizetype body = answer.indexOf("\r\n\r\n");
    return body < 0 ? QByteArray() : answer.mid(body + 4);
}

bool isOk(const QByteArray &answer)
{
    return answer.startsWith("HTTP/1.1 200 ");
}

} // namespace mainstay::control
