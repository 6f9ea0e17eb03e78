// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/compressor.h"

#include "wire/http_chars.h"

#include <brotli/encode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>

namespace mainstay::http {

namespace {

// About what a hundred megabytes a second need: the time is a worker's.
constexpr int kGzipLevel = 4;
constexpr int kBrotliQuality = 3;
constexpr int kZstdLevel = 3;
// Of the window, as a power of two: what bounds the memory.
constexpr int kGzipWindow = 15 + 16; // and the header of gzip
constexpr int kGzipMemory = 8;
constexpr std::uint32_t kBrotliWindow = 16;
constexpr int kZstdWindow = 16;

class Gzip final : public Compressor {
public:
    Gzip()
    {
        if (deflateInit2(&m_stream, kGzipLevel, Z_DEFLATED, kGzipWindow, kGzipMemory, Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    Gzip(const Gzip &) = delete;
    Gzip &operator=(const Gzip &) = delete;
    ~Gzip() override { deflateEnd(&m_stream); }

    Step run(std::string_view in, std::span<char> out, Flush flush) override
    {
        m_stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(in.data())); // which it does not change
        m_stream.avail_in = static_cast<uInt>(in.size());
        m_stream.next_out = reinterpret_cast<Bytef *>(out.data());
        m_stream.avail_out = static_cast<uInt>(out.size());
        const int mode = flush == Flush::none ? Z_NO_FLUSH : flush == Flush::all ? Z_SYNC_FLUSH : Z_FINISH;
        const int status = deflate(&m_stream, mode);
        // With room left it has nothing more to say.
        const bool isDone =
            flush == Flush::finally ? status == Z_STREAM_END : m_stream.avail_in == 0 && m_stream.avail_out > 0;
        return {in.size() - m_stream.avail_in, out.size() - m_stream.avail_out, isDone};
    }

private:
    z_stream m_stream{};
};

class Brotli final : public Compressor {
public:
    Brotli() : m_state(BrotliEncoderCreateInstance(nullptr, nullptr, nullptr))
    {
        if (!m_state)
            throw std::bad_alloc();
        BrotliEncoderSetParameter(m_state.get(), BROTLI_PARAM_QUALITY, kBrotliQuality);
        BrotliEncoderSetParameter(m_state.get(), BROTLI_PARAM_LGWIN, kBrotliWindow);
    }

    Step run(std::string_view in, std::span<char> out, Flush flush) override
    {
        std::size_t inLeft = in.size();
        std::size_t outLeft = out.size();
        const auto *inAt = reinterpret_cast<const std::uint8_t *>(in.data());
        auto *outAt = reinterpret_cast<std::uint8_t *>(out.data());
        const auto operation = flush == Flush::none  ? BROTLI_OPERATION_PROCESS
                               : flush == Flush::all ? BROTLI_OPERATION_FLUSH
                                                     : BROTLI_OPERATION_FINISH;
        BrotliEncoderCompressStream(m_state.get(), operation, &inLeft, &inAt, &outLeft, &outAt, nullptr);
        const bool hasMore = BrotliEncoderHasMoreOutput(m_state.get()) == BROTLI_TRUE;
        const bool isDone = inLeft == 0 && !hasMore &&
                            (flush != Flush::finally || BrotliEncoderIsFinished(m_state.get()) == BROTLI_TRUE);
        return {in.size() - inLeft, out.size() - outLeft, isDone};
    }

private:
    struct Free {
        void operator()(BrotliEncoderState *state) const noexcept { BrotliEncoderDestroyInstance(state); }
    };
    std::unique_ptr<BrotliEncoderState, Free> m_state;
};

class Zstd final : public Compressor {
public:
    Zstd() : m_context(ZSTD_createCCtx())
    {
        if (!m_context)
            throw std::bad_alloc();
        ZSTD_CCtx_setParameter(m_context.get(), ZSTD_c_compressionLevel, kZstdLevel);
        ZSTD_CCtx_setParameter(m_context.get(), ZSTD_c_windowLog, kZstdWindow);
    }

    Step run(std::string_view in, std::span<char> out, Flush flush) override
    {
        ZSTD_inBuffer from{in.data(), in.size(), 0};
        ZSTD_outBuffer to{out.data(), out.size(), 0};
        const auto mode = flush == Flush::none ? ZSTD_e_continue : flush == Flush::all ? ZSTD_e_flush : ZSTD_e_end;
        const std::size_t left = ZSTD_compressStream2(m_context.get(), &to, &from, mode);
        const bool isDone = ZSTD_isError(left) == 0 && from.pos == from.size && (flush == Flush::none || left == 0);
        return {from.pos, to.pos, isDone};
    }

private:
    struct Free {
        void operator()(ZSTD_CCtx *context) const noexcept { ZSTD_freeCCtx(context); }
    };
    std::unique_ptr<ZSTD_CCtx, Free> m_context;
};

} // namespace

std::unique_ptr<Compressor> Compressor::make(wire::Coding coding)
{
    switch (coding) {
    case wire::Coding::gzip:
        return std::make_unique<Gzip>();
    case wire::Coding::brotli:
        return std::make_unique<Brotli>();
    case wire::Coding::zstd:
        return std::make_unique<Zstd>();
    case wire::Coding::identity:
        break;
    }
    return nullptr;
}

std::string compressed(wire::Coding coding, std::string_view content)
{
    const std::unique_ptr<Compressor> compressor = Compressor::make(coding);
    std::string out(content.size(), '\0');
    std::size_t size = 0;
    while (compressor && size < out.size()) {
        const Compressor::Step step =
            compressor->run(content, std::span(out).subspan(size), Compressor::Flush::finally);
        content.remove_prefix(step.consumed);
        size += step.produced;
        if (step.isDone) {
            out.resize(size);
            return out;
        }
        if (step.consumed == 0 && step.produced == 0)
            break;
    }
    return {};
}

bool isCompressible(std::string_view mediaType) noexcept
{
    const std::string_view type = wire::trimBlanks(mediaType.substr(0, mediaType.find(';')));
    constexpr std::array<std::string_view, 10> kOthers{"application/json",
                                                       "application/javascript",
                                                       "application/xml",
                                                       "application/wasm",
                                                       "application/manifest+json",
                                                       "application/x-ndjson",
                                                       "application/xhtml+xml",
                                                       "image/svg+xml",
                                                       "image/bmp",
                                                       "font/ttf"};
    constexpr std::string_view kText = "text/";
    if (wire::equalsIgnoringCase(type.substr(0, kText.size()), kText))
        return true;
    const auto ends = [type](std::string_view ending) {
        return type.size() > ending.size() &&
               wire::equalsIgnoringCase(type.substr(type.size() - ending.size()), ending);
    };
    return ends("+json") || ends("+xml") || std::any_of(kOthers.begin(), kOthers.end(), [type](std::string_view one) {
               return wire::equalsIgnoringCase(one, type);
           });
}

} // namespace mainstay::http
