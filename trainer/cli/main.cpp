#include "runtime/base/error.h"
#include "runtime/base/program.h"
#include "runtime/cli/arguments.h"
#include "trainer/cli/commands.h"

#include <c10/util/Exception.h>

#include <string>

int main(int argc, char** argv) {
    return gan::run_program([&] {
        CLI::App app{"Ganymede's trainer", "ganymede"};
        app.require_subcommand(1);
        gan::Command command;
        gan::add_train(app, command, argc, argv);
        gan::add_data(app, command);
        gan::add_evaluate(app, command);
        if (const auto done = gan::parse_arguments(app, argc, argv)) return *done;
        try {
            return command();
        } catch (const c10::Error& error) {
            const std::string what = error.what_without_backtrace();
            if (what.find("allocate memory") != std::string::npos ||
                what.find("out of memory") != std::string::npos)
                throw gan::Error(
                    "there is not enough memory for these networks and this batch; halve --batch and double "
                    "--accumulate, which gives the same steps");
            throw gan::Error("LibTorch: {}", what.substr(0, what.find('\n')));
        }
    });
}
