// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/folder_listing.h"

#include "http/answers.h"
#include "http/path_encoding.h"
#include "wire/http_date.h"

#include <algorithm>
#include <string>
#include <vector>

namespace mainstay::http {

namespace {

constexpr std::string_view kHtml = "text/html; charset=utf-8";
constexpr std::size_t kMostShown = 2000;

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string dateText(std::int64_t seconds)
{
    const auto date = wire::formatHttpDate(seconds);
    return {date.begin(), date.end()};
}

void appendEntry(std::string &page, const FolderEntry &entry)
{
    const std::string name = entry.name + (entry.isFolder ? "/" : "");
    // "./", since a name may look like the scheme of a URL.
    page += "<tr><td><a href=\"./" + escaped(percentEncoded(name)) + "\">" + escaped(name) + "</a><td>" +
            (entry.isFolder ? "" : std::to_string(entry.size)) + "<td>" + dateText(entry.modified) + "\n";
}

std::string pageOf(std::string_view path, std::vector<FolderEntry> &entries, bool areMore)
{
    std::sort(entries.begin(), entries.end(), [](const FolderEntry &left, const FolderEntry &right) {
        return left.isFolder != right.isFolder ? left.isFolder : left.name < right.name;
    });
    const std::string title = escaped(path);
    std::string page = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
                       title +
                       "</title>\n<style>body{font:16px/1.5 system-ui,sans-serif;margin:2em}td{padding:0 2em 0 0}"
                       "td+td{color:#666;text-align:right}</style>\n<h1>" +
                       title + "</h1>\n<table>\n";
    if (path != "/")
        page += "<tr><td><a href=\"../\">../</a><td><td>\n";
    const std::size_t shown = std::min(entries.size(), kMostShown);
    for (std::size_t i = 0; i < shown; ++i)
        appendEntry(page, entries[i]);
    page += "</table>\n";
    if (areMore || entries.size() > kMostShown)
        page += "<p>There are more: only " + std::to_string(shown) + " are shown.\n";
    return page;
}

// Of links only those are shown that would be followed, as what they lead to.
void followLinks(std::vector<FolderEntry> &entries, const std::string &root, const std::string &folder, Links links)
{
    std::erase_if(entries, [&](FolderEntry &entry) {
        if (!entry.isLink)
            return false;
        const auto [status, target] = OpenFile::openBeneath(root, folder + entry.name, links);
        const FileStamp stamp = target.stamp();
        entry.isFolder = status == OpenStatus::folder;
        entry.size = stamp.size;
        entry.modified = stamp.modifiedNanoseconds / 1'000'000'000;
        return status != OpenStatus::file && status != OpenStatus::folder;
    });
}

} // namespace

engine::Task<> answerListing(Exchange &exchange, std::string_view folder)
{
    const config::RouteConfig &route = exchange.route->config;
    const std::string below(folder.substr(std::min<std::size_t>(1, folder.size())));
    const Links links = route.followLinks ? Links::anywhere : Links::inside;
    auto [status, opened] = OpenFile::openBeneath(route.root.path, below, links);
    if (status != OpenStatus::folder)
        co_return co_await answerStatus(exchange, statusFor(status));
    std::vector<FolderEntry> entries;
    if (!opened.readFolder(entries, kMostShown + 1))
        co_return co_await answerStatus(exchange, 403);
    const bool areMore = entries.size() > kMostShown;
    followLinks(entries, route.root.path, below, links);
    const std::string shown = exchange.path.substr(0, exchange.path.rfind('/') + 1);
    const std::string page = pageOf(shown, entries, areMore);
    co_await answerContent(exchange, 200, kHtml, page);
}

unsigned statusFor(OpenStatus status) noexcept
{
    switch (status) {
    case OpenStatus::missing:
        return 404;
    case OpenStatus::forbidden:
    case OpenStatus::folder:
        return 403;
    case OpenStatus::file:
    case OpenStatus::failed:
        break;
    }
    return 500;
}

} // namespace mainstay::http
