#include "runtime/media/video_writer.h"

#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/base/pixel.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <array>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace gan {
namespace {

struct Free {
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVFilterGraph* graph) const { avfilter_graph_free(&graph); }
    void operator()(AVFilterInOut* ends) const { avfilter_inout_free(&ends); }
    void operator()(AVFormatContext* context) const { avformat_free_context(context); }
    void operator()(AVIOContext* io) const {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

template <class T>
Owned<T> owned(T* made) {
    if (made == nullptr) throw std::bad_alloc();
    return Owned<T>(made);
}

/// How a codec is encoded. Quality is set where losses can no longer be seen in motion.
struct Encoding {
    const char* encoder;
    std::string filter;  // from RGB to what the encoder takes
    AVPixelFormat in;    // what the filter is given
    std::vector<std::pair<const char*, const char*>> options;
};

Encoding encoding_of(VideoCodec codec) {
    // Rounded exactly, from colours at full resolution, by code that is the same on every processor.
    const std::string to_yuv =
        "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_inp+bitexact:out_h_"
        "chr_pos=0,";
    switch (codec) {
        case VideoCodec::H264:
            return {"libx264",
                    to_yuv + "format=yuv420p",
                    AV_PIX_FMT_RGB24,
                    {{"preset", "medium"}, {"crf", "16"}}};
        case VideoCodec::Hevc:
            return {"libx265",
                    to_yuv + "format=yuv420p",
                    AV_PIX_FMT_RGB24,
                    {{"preset", "medium"}, {"crf", "18"}, {"x265-params", "log-level=none"}}};
        case VideoCodec::ProRes:
            return {"prores_ks", to_yuv + "format=yuv422p10", AV_PIX_FMT_RGB48, {{"profile", "hq"}}};
        case VideoCodec::Vp9:
            return {"libvpx-vp9",
                    to_yuv + "format=yuv420p",
                    AV_PIX_FMT_RGB24,
                    {{"crf", "18"}, {"b", "0"}, {"cpu-used", "2"}, {"row-mt", "1"}}};
        case VideoCodec::Gif:
            return {"gif",
                    "split[frame][all];[all]palettegen=stats_mode=single[palette];"
                    "[frame][palette]paletteuse=new=1",
                    AV_PIX_FMT_RGB24,
                    {}};
        case VideoCodec::Ffv1:
            return {"ffv1", "format=bgr0", AV_PIX_FMT_RGB24, {{"level", "3"}, {"g", "1"}, {"slicecrc", "1"}}};
    }
    throw Error("this codec is not known");
}

class FileWriter final : public VideoWriter {
public:
    explicit FileWriter(const VideoOptions& options)
        : name_(options.path.string()),
          width_(options.width),
          height_(options.height),
          tick_{static_cast<int>(options.fps.den), static_cast<int>(options.fps.num)},
          // Ctrl-C ends a video early, and what there is of it is kept.
          file_(options.path, OnInterrupt::Finish) {
        const Encoding encoding = encoding_of(options.codec);
        wide_ = encoding.in == AV_PIX_FMT_RGB48;
        open_filter(encoding);
        open_encoder(encoding, options);
        open_muxer(options);
    }

    void write(std::span<const float> rgb) override {
        if (rgb.size() != size_t{3} * static_cast<size_t>(width_) * static_cast<size_t>(height_))
            throw Error("{}: a frame of another size cannot be added", name_);
        auto frame = owned(av_frame_alloc());
        frame->format = wide_ ? AV_PIX_FMT_RGB48 : AV_PIX_FMT_RGB24;
        frame->width = width_;
        frame->height = height_;
        frame->pts = count_++;
        check(av_frame_get_buffer(frame.get(), 0));
        const size_t row = size_t{3} * static_cast<size_t>(width_);
        for (int y = 0; y < height_; ++y) {
            uint8_t* to = frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0];
            const auto from = rgb.subspan(static_cast<size_t>(y) * row, row);
            if (wide_)
                std::transform(from.begin(), from.end(), reinterpret_cast<uint16_t*>(to),
                               quantised<uint16_t>);
            else
                std::transform(from.begin(), from.end(), to, quantised<uint8_t>);
        }
        check(av_buffersrc_add_frame(source_, frame.get()));
        encode_filtered();
    }

    void finish() override {
        check(av_buffersrc_add_frame(source_, nullptr));
        encode_filtered();
        encode(nullptr);
        check(av_write_trailer(muxer_.get()));
        avio_flush(io_.get());
        check(io_->error);
        file_.commit();
    }

private:
    /// Throws what went wrong with the file, else what FFmpeg says.
    void check(int code) {
        if (failure_) std::rethrow_exception(failure_);
        if (code >= 0) return;
        if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
        std::array<char, AV_ERROR_MAX_STRING_SIZE> reason{};
        av_strerror(code, reason.data(), reason.size());
        throw Error("{}: the video could not be encoded ({})", name_, reason.data());
    }

    void open_filter(const Encoding& encoding) {
        filter_ = owned(avfilter_graph_alloc());
        const std::string source =
            fmt::format("video_size={}x{}:pix_fmt={}:time_base={}/{}:pixel_aspect=1/1", width_, height_,
                        static_cast<int>(encoding.in), tick_.num, tick_.den);
        check(avfilter_graph_create_filter(&source_, avfilter_get_by_name("buffer"), "in", source.c_str(),
                                           nullptr, filter_.get()));
        check(avfilter_graph_create_filter(&filtered_, avfilter_get_by_name("buffersink"), "out", nullptr,
                                           nullptr, filter_.get()));
        const auto end = [](const char* label, AVFilterContext* context) {
            auto result = owned(avfilter_inout_alloc());
            result->name = av_strdup(label);
            result->filter_ctx = context;
            return result;
        };
        // The text's open input is called "in" and its open output "out".
        AVFilterInOut* outputs = end("in", source_).release();
        AVFilterInOut* inputs = end("out", filtered_).release();
        const int code =
            avfilter_graph_parse_ptr(filter_.get(), encoding.filter.c_str(), &inputs, &outputs, nullptr);
        avfilter_inout_free(&inputs);
        avfilter_inout_free(&outputs);
        check(code);
        check(avfilter_graph_config(filter_.get(), nullptr));
    }

    void open_encoder(const Encoding& encoding, const VideoOptions& options) {
        const AVCodec* codec = avcodec_find_encoder_by_name(encoding.encoder);
        if (codec == nullptr)
            throw Error("{}: the FFmpeg that is installed has no encoder {}", name_, encoding.encoder);
        encoder_ = owned(avcodec_alloc_context3(codec));
        encoder_->width = width_;
        encoder_->height = height_;
        encoder_->pix_fmt = static_cast<AVPixelFormat>(av_buffersink_get_format(filtered_));
        encoder_->time_base = tick_;
        encoder_->framerate = av_inv_q(tick_);
        encoder_->sample_aspect_ratio = {1, 1};
        encoder_->thread_count = 0;  // as many as suit the machine
        encoder_->flags |= AV_CODEC_FLAG_BITEXACT;
        const bool rgb = options.codec == VideoCodec::Ffv1;
        encoder_->color_primaries = AVCOL_PRI_BT709;
        encoder_->color_trc = rgb ? AVCOL_TRC_IEC61966_2_1 : AVCOL_TRC_BT709;
        encoder_->colorspace = rgb ? AVCOL_SPC_RGB : AVCOL_SPC_BT709;
        encoder_->color_range = rgb ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
        if (encoder_->pix_fmt == AV_PIX_FMT_YUV420P) encoder_->chroma_sample_location = AVCHROMA_LOC_LEFT;
        // Players of Apple's take HEVC by this name alone.
        if (options.codec == VideoCodec::Hevc && options.muxer != "matroska")
            encoder_->codec_tag = MKTAG('h', 'v', 'c', '1');
        if ((av_guess_format(options.muxer.c_str(), nullptr, nullptr)->flags & AVFMT_GLOBALHEADER) != 0)
            encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        for (const auto& [key, value] : encoding.options)
            check(av_opt_set(encoder_.get(), key, value, AV_OPT_SEARCH_CHILDREN));
        check(avcodec_open2(encoder_.get(), codec, nullptr));
    }

    void open_muxer(const VideoOptions& options) {
        AVFormatContext* muxer = nullptr;
        check(avformat_alloc_output_context2(&muxer, nullptr, options.muxer.c_str(), nullptr));
        muxer_ = owned(muxer);
        constexpr int buffer = 1 << 16;
        io_ = owned(avio_alloc_context(static_cast<unsigned char*>(av_malloc(buffer)), buffer, 1, this,
                                       nullptr, write_file, seek_file));
        muxer_->pb = io_.get();
        muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
        stream_ = avformat_new_stream(muxer_.get(), nullptr);
        if (stream_ == nullptr) throw std::bad_alloc();
        check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
        stream_->time_base = tick_;
        stream_->avg_frame_rate = encoder_->framerate;
        stream_->sample_aspect_ratio = {1, 1};
        check(avformat_write_header(muxer_.get(), nullptr));
    }

    void encode_filtered() {
        auto frame = owned(av_frame_alloc());
        for (;;) {
            const int code = av_buffersink_get_frame(filtered_, frame.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
            check(code);
            frame->pict_type = AV_PICTURE_TYPE_NONE;
            frame->color_primaries = encoder_->color_primaries;
            frame->color_trc = encoder_->color_trc;
            frame->colorspace = encoder_->colorspace;
            frame->color_range = encoder_->color_range;
            encode(frame.get());
            av_frame_unref(frame.get());
        }
    }

    /// Null: there are no more.
    void encode(const AVFrame* frame) {
        check(avcodec_send_frame(encoder_.get(), frame));
        auto packet = owned(av_packet_alloc());
        for (;;) {
            const int code = avcodec_receive_packet(encoder_.get(), packet.get());
            if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
            check(code);
            packet->stream_index = stream_->index;
            packet->duration = 1;  // or the last frame would last no time
            av_packet_rescale_ts(packet.get(), tick_, stream_->time_base);
            check(av_interleaved_write_frame(muxer_.get(), packet.get()));
            check(io_->error);
        }
    }

    // FFmpeg is C: what is thrown waits in failure_ until it has returned.
    static int write_file(void* self, uint8_t* data, int size) {
        auto& writer = *static_cast<FileWriter*>(self);
        try {
            std::span bytes(reinterpret_cast<const std::byte*>(data), static_cast<size_t>(size));
            const auto inside = std::min(bytes.size(), static_cast<size_t>(writer.end_ - writer.position_));
            if (inside > 0) writer.file_.write_at(static_cast<size_t>(writer.position_), bytes.first(inside));
            writer.file_.write(bytes.subspan(inside));
            writer.position_ += size;
            writer.end_ = std::max(writer.end_, writer.position_);
            return size;
        } catch (...) {
            writer.failure_ = std::current_exception();
            return AVERROR(EIO);
        }
    }
    static int64_t seek_file(void* self, int64_t offset, int whence) {
        auto& writer = *static_cast<FileWriter*>(self);
        if (whence == AVSEEK_SIZE) return writer.end_;
        const int64_t to = whence == SEEK_CUR   ? writer.position_ + offset
                           : whence == SEEK_END ? writer.end_ + offset
                                                : offset;
        if (to < 0 || to > writer.end_) return AVERROR(EINVAL);
        return writer.position_ = to;
    }

    std::string name_;
    int width_;
    int height_;
    AVRational tick_;  // of one frame, seconds
    bool wide_ = false;
    int64_t count_ = 0;

    AtomicFile file_;
    int64_t position_ = 0;
    int64_t end_ = 0;
    std::exception_ptr failure_;

    Owned<AVFilterGraph> filter_;
    AVFilterContext* source_ = nullptr;
    AVFilterContext* filtered_ = nullptr;
    Owned<AVCodecContext> encoder_;
    Owned<AVIOContext> io_;
    Owned<AVFormatContext> muxer_;  // before what it writes through
    AVStream* stream_ = nullptr;
};

}  // namespace
}  // namespace gan

extern "C" __attribute__((visibility("default"))) gan::VideoWriter* gan_open_video(
    const gan::VideoOptions& options) {
    av_log_set_level(AV_LOG_QUIET);
    return std::make_unique<gan::FileWriter>(options).release();
}
