// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/scripts.h"

#include "http/answers.h"
#include "http/connection.h"
#include "http/gathering.h"
#include "http/proxy.h"
#include "http/script_path.h"
#include "http/server.h"
#include "http/static_files.h"

namespace mainstay::http {

engine::Task<> answerScript(Exchange &exchange)
{
    ScriptChoice choice = chooseScript(exchange.connection->server().files(), exchange.route->config, exchange.path);
    switch (choice.kind) {
    case ScriptChoice::Kind::file:
        return answerFile(exchange);
    case ScriptChoice::Kind::refused:
        return answerStatus(exchange, choice.status);
    case ScriptChoice::Kind::script:
        break;
    }
    if (exchange.body.framing().kind == wire::BodyFraming::Kind::chunked && !gathersBody(exchange))
        return answerStatus(exchange, 411);
    return forwardToScript(exchange, std::move(choice.script));
}

} // namespace mainstay::http
