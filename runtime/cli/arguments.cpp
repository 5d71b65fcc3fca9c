#include "runtime/cli/arguments.h"

#include "runtime/base/text.h"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace gan {
namespace {

/// The subcommand that was named last.
const CLI::App& chosen(const CLI::App& app) {
    const auto subcommands = app.get_subcommands();
    return subcommands.empty() ? app : chosen(*subcommands.back());
}

std::string like(const CLI::App& app, const std::string& argument) {
    std::vector<std::string> names;
    for (const CLI::Option* option : app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const CLI::App* subcommand : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(subcommand->get_name());
    const auto near = nearest(argument.substr(0, argument.find('=')), names, 1);
    return near.empty() ? "" : fmt::format("; the nearest is {}", names[near[0]]);
}

}  // namespace

std::optional<int> parse_arguments(CLI::App& app, int argc, char** argv) {
    const auto refuse = [](const CLI::App& command, const std::string& first) {
        fmt::print(stderr, "ganymede: {} is not known to {}{}; --help lists all\n", first, command.get_name(),
                   like(command, first));
        return static_cast<int>(CLI::ExitCodes::ExtrasError);
    };
    try {
        app.parse(argc, argv);
        return {};
    } catch (const CLI::ExtrasError&) {
        const auto unknown = app.remaining(true);
        return refuse(chosen(app), unknown.empty() ? "" : unknown.front());
    } catch (const CLI::ParseError& error) {
        // A misspelt subcommand is first of all missed.
        if (error.get_name() == "RequiredError" && app.get_subcommands().empty() && argc > 1 &&
            argv[1][0] != '-')
            return refuse(app, argv[1]);
        return app.exit(error);
    }
}

}  // namespace gan
