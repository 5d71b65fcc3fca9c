#include "runtime/base/error.h"
#include "runtime/base/file.h"
#include "runtime/cli/commands.h"

#include <csignal>
#include <cstdio>
#include <exception>

namespace {

// The first signal lets the work unwind, which removes temporary files; the second ends it at once.
void on_signal(int number) {
    gan::request_interrupt();
    std::signal(number, SIG_DFL);
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    // A full disk, a file-size limit or a closed pipe must come back as a failed write, not as the end of the
    // process.
    std::signal(SIGXFSZ, SIG_IGN);
    std::signal(SIGPIPE, SIG_IGN);

    CLI::App app{"Ganymede: pictures from BigGANs", "ganymede"};
    app.set_version_flag("--version", GAN_VERSION);
    app.require_subcommand(1);
    gan::Command command;
    gan::add_generate(app, command);
    gan::add_import(app, command);
    gan::add_inspect(app, command);
    gan::add_bench(app, command);
    gan::add_render(app, command);
    gan::add_play(app, command);
    gan::add_collect(app, command);
    gan::add_nodes(app, command);
    try {
        app.parse(argc, argv);
        return command();
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    } catch (const gan::Interrupted&) {
        std::fputs("ganymede: interrupted; nothing unfinished was left behind\n", stderr);
        return 130;
    } catch (const std::bad_alloc&) {
        std::fputs("ganymede: there is not enough memory for this\n", stderr);
        return 1;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "ganymede: %s\n", error.what());
        return 1;
    }
}
