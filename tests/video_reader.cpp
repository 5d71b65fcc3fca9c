#include "tests/video_reader.h"

#include "runtime/base/error.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>

namespace gan {
namespace {

struct Free {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(SwsContext* context) const { sws_freeContext(context); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

std::string text(const char* name) {
    return name == nullptr ? "" : name;
}

std::vector<uint8_t> rgb_of(const AVFrame& frame) {
    const Owned<SwsContext> context(sws_getContext(
        frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width, frame.height,
        AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    if (context == nullptr) throw Error("no conversion to RGB");
    const int* matrix =
        sws_getCoefficients(frame.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_DEFAULT);
    sws_setColorspaceDetails(context.get(), matrix, frame.color_range == AVCOL_RANGE_JPEG ? 1 : 0, matrix, 1,
                             0, 1 << 16, 1 << 16);
    std::vector<uint8_t> rgb(size_t{3} * frame.width * frame.height);
    uint8_t* planes[]{rgb.data()};
    const int strides[]{3 * frame.width};
    sws_scale(context.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
    return rgb;
}

}  // namespace

Video read_video(const std::string& path) {
    av_log_set_level(AV_LOG_QUIET);
    AVFormatContext* opened = nullptr;
    if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) < 0) throw Error("{} is no video", path);
    const Owned<AVFormatContext> file(opened);
    if (avformat_find_stream_info(file.get(), nullptr) < 0 || file->nb_streams != 1)
        throw Error("{} has not one stream", path);
    const AVStream& stream = *file->streams[0];
    const AVCodecParameters& parameters = *stream.codecpar;
    const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
    const Owned<AVCodecContext> decoder(avcodec_alloc_context3(codec));
    if (avcodec_parameters_to_context(decoder.get(), &parameters) < 0 ||
        avcodec_open2(decoder.get(), codec, nullptr) < 0)
        throw Error("{} cannot be decoded", path);
    Video video{.codec = avcodec_get_name(parameters.codec_id),
                .width = parameters.width,
                .height = parameters.height,
                .fps_num = stream.avg_frame_rate.num,
                .fps_den = stream.avg_frame_rate.den,
                .primaries = text(av_color_primaries_name(parameters.color_primaries)),
                .transfer = text(av_color_transfer_name(parameters.color_trc)),
                .matrix = text(av_color_space_name(parameters.color_space)),
                .range = text(av_color_range_name(parameters.color_range)),
                .pixel_format = text(av_get_pix_fmt_name(static_cast<AVPixelFormat>(parameters.format))),
                .frames = {}};
    const Owned<AVPacket> packet(av_packet_alloc());
    const Owned<AVFrame> frame(av_frame_alloc());
    const auto decode = [&](const AVPacket* data) {
        if (avcodec_send_packet(decoder.get(), data) < 0) throw Error("{}: a packet is damaged", path);
        while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) video.frames.push_back(rgb_of(*frame));
    };
    while (av_read_frame(file.get(), packet.get()) >= 0) {
        decode(packet.get());
        av_packet_unref(packet.get());
    }
    decode(nullptr);
    return video;
}

}  // namespace gan
