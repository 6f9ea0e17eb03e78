// SPDX-License-Identifier: GPL-3.0-or-later
#include "apphost/sql_handler.h"

#include "apphost/answers.h"
#include "apphost/paging.h"
#include "apphost/row_writers.h"

#include <optional>

namespace mainstay::apphost {
namespace {

using config::ResultShape;
using databases::Access;

const char *mediaType(ResultShape shape)
{
    return shape == ResultShape::csv ? "text/csv; charset=utf-8" : "application/json";
}

} // namespace

// One request's part of it.
struct SqlHandler::Work {
    std::shared_ptr<const config::HandlerConfig> config;
    ParameterValues parameters;
    std::optional<Paging> paging;
};

SqlHandler::SqlHandler(config::HandlerConfig config, databases::Pool &pool, Log &log)
    : m_config(std::make_shared<const config::HandlerConfig>(std::move(config))), m_pool(pool), m_log(log)
{}

void SqlHandler::handle(const Request &request, const TextValues &path, Reply reply)
{
    Work work{m_config, {}, {}};
    Checked<ParameterValues> parameters = readParameters(m_config->parameters, path, request);
    if (!parameters)
        return reply(badRequest(parameters.error()));
    work.parameters = std::move(*parameters);
    if (m_config->paging) {
        const Checked<Paging> paging = readPaging(request.query, m_config->maxRows);
        if (!paging)
            return reply(badRequest(paging.error()));
        work.paging = *paging;
    }
    m_pool.run<Response>(
        m_config->timeout,
        [work = std::move(work)](databases::Connection &connection) { return answer(connection, work); },
        [this, config = m_config, reply = std::move(reply)](Result<Response> response) {
            if (response)
                return reply(std::move(*response));
            m_log.line(config->path + ": " + response.error().text());
            reply(databaseAnswer(response.error()));
        });
}

Result<Response> SqlHandler::answer(databases::Connection &connection, const Work &work)
{
    const config::HandlerConfig &config = *work.config;
    const bool isOne = config.result == ResultShape::object || config.result == ResultShape::scalar;
    const std::uint64_t most = work.paging ? work.paging->perPage : isOne ? 1 : config.maxRows;
    const std::unique_ptr<RowWriter> writer = makeRowWriter(config.result, most);
    // One more than is answered, to see whether there are more. No more than that: drivers keep all that they are sent.
    const databases::Page page{work.paging ? work.paging->offset() : 0, most + 1};
    const Access access = config.readOnly ? Access::read : Access::write;
    Result<> done = connection.transact(access, config.sql.size(), [&]() -> Result<> {
        for (std::size_t i = 0; i < config.sql.size(); ++i) {
            const bool isLast = i + 1 == config.sql.size();
            Result<databases::Outcome> outcome =
                connection.execute(config.sql[i], work.parameters, isLast ? writer.get() : nullptr,
                                   isLast && config.result != ResultShape::none ? &page : nullptr);
            if (!outcome)
                return forward(std::move(outcome));
        }
        return {};
    });
    if (!done)
        return forward(std::move(done));
    Response response;
    if (config.result == ResultShape::none) {
        response.status = 204;
        return response;
    }
    if (isOne && writer->rows() == 0)
        return errorAnswer(404, "request.no-row", "there is no such thing");
    // Said to be whole, it would make whoever goes on to the next page miss the rest.
    if (writer->isTooLarge() && work.paging)
        return fail("answer.too-large",
                    "a page of " + std::to_string(most) + " rows is larger than " +
                        std::to_string(RowWriter::kMaxBytes >> 20) + " MiB",
                    "ask for fewer with per_page, or lower max_rows");
    response.headers.emplace_back("Content-Type", mediaType(config.result));
    if (writer->isCut() && work.paging)
        response.headers.emplace_back("Mainstay-Next-Page", std::to_string(work.paging->page + 1));
    else if (writer->isCut() && !isOne)
        response.headers.emplace_back("Mainstay-More-Rows", "true");
    response.body = writer->take();
    return response;
}

} // namespace mainstay::apphost
