// SPDX-License-Identifier: GPL-3.0-or-later
#include "logs/log_encoder.h"

#include <array>
#include <new>

#include <zlib.h>
#include <zstd.h>

namespace mainstay::logs {
namespace {

constexpr std::size_t kRoom = std::size_t{64} * 1024;

} // namespace

struct LogEncoder::Coder {
    Coder() = default;
    Coder(const Coder &) = delete;
    Coder &operator=(const Coder &) = delete;
    virtual ~Coder() = default;
    virtual bool encode(std::string_view piece, bool isLast, std::string &out) = 0;

    std::array<char, kRoom> room;
};

struct LogEncoder::Gzip final : Coder {
    Gzip()
    {
        constexpr int kGzip = 16; // added to the window's size: with the head and end of a gzip file
        if (::deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~Gzip() override { ::deflateEnd(&stream); }

    bool encode(std::string_view piece, bool isLast, std::string &out) override
    {
        stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(piece.data())); // which is not changed
        stream.avail_in = static_cast<uInt>(piece.size());
        int status = Z_OK;
        do {
            stream.next_out = reinterpret_cast<Bytef *>(room.data());
            stream.avail_out = static_cast<uInt>(room.size());
            status = ::deflate(&stream, isLast ? Z_FINISH : Z_NO_FLUSH);
            if (status == Z_STREAM_ERROR)
                return false;
            out.append(room.data(), room.size() - stream.avail_out);
        } while (stream.avail_out == 0);
        return !isLast || status == Z_STREAM_END;
    }

    z_stream stream{};
};

struct LogEncoder::Zstd final : Coder {
    Zstd()
    {
        if (!context)
            throw std::bad_alloc();
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1);
    }
    ~Zstd() override { ZSTD_freeCCtx(context); }

    bool encode(std::string_view piece, bool isLast, std::string &out) override
    {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        for (;;) {
            ZSTD_outBuffer output{room.data(), room.size(), 0};
            const std::size_t left = ZSTD_compressStream2(context, &output, &in, isLast ? ZSTD_e_end : ZSTD_e_continue);
            if (ZSTD_isError(left) != 0)
                return false;
            out.append(room.data(), output.pos);
            if (isLast ? left == 0 : in.pos == in.size)
                return true;
        }
    }

    ZSTD_CCtx *context = ZSTD_createCCtx();
};

LogEncoder::LogEncoder(LogCoding coding)
{
    if (coding == LogCoding::gzip)
        m_coder = std::make_unique<Gzip>();
    else
        m_coder = std::make_unique<Zstd>();
}

LogEncoder::~LogEncoder() = default;

std::optional<std::string> LogEncoder::encode(std::string_view piece, bool isLast)
{
    std::string out;
    if (!m_coder->encode(piece, isLast, out))
        return std::nullopt;
    return out;
}

} // namespace mainstay::logs
