#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What a benchmark measured, for programs: beside what it prints for people, `--json FILE` writes
///
///     {"quick": false, "about": {"device": "llvmpipe"},
///      "figures": [{"name": "plan of 10 000 nodes", "value": 34.1, "unit": "ms", "bound": 50}, ...]}
///
/// Units: ms, us, s, %, MB and count, of which less is better; GMAC/s, GB/s, pictures/s and ratio (a peer's
/// time over ours), of which more is. A name stays as it is: yardstick.py compares figures by it.
class Figures {
public:
    /// Takes `--json FILE` and `--quick` out of the arguments. Ends the program, with exit code 2, when FILE
    /// is missing.
    Figures(int argc, char** argv) {
        for (int i = 1; i < argc; ++i) {
            const std::string argument = argv[i];
            if (argument == "--quick") {
                quick_ = true;
            } else if (argument == "--json") {
                if (++i == argc) {
                    std::fputs("--json needs the file to write\n", stderr);
                    std::exit(2);
                }
                path_ = argv[i];
            } else {
                arguments_.push_back(argument);
            }
        }
    }

    /// Fewer repeats: for a look, or to see that the benchmark works.
    bool quick() const { return quick_; }
    int repeats(int usual, int quick) const { return quick_ ? quick : usual; }
    /// What else the program was given.
    const std::vector<std::string>& arguments() const { return arguments_; }

    /// `bound`: the worst value that is good enough.
    void add(const std::string& name, double value, const char* unit, std::optional<double> bound = {}) {
        nlohmann::json figure = {{"name", name}, {"value", value}, {"unit", unit}};
        if (bound) figure["bound"] = *bound;
        figures_.push_back(std::move(figure));
    }
    void about(const char* what, nlohmann::json value) { about_[what] = std::move(value); }

    /// Writes the file that was asked for; main() returns what this returns.
    int finish() const {
        if (path_.empty()) return 0;
        std::ofstream file(path_);
        file << nlohmann::json{{"quick", quick_}, {"about", about_}, {"figures", figures_}}.dump(1) << '\n';
        file.flush();
        if (file) return 0;
        std::fprintf(stderr, "%s cannot be written\n", path_.c_str());
        return 1;
    }

private:
    bool quick_ = false;
    std::string path_;
    std::vector<std::string> arguments_;
    nlohmann::json about_ = nlohmann::json::object();
    nlohmann::json figures_ = nlohmann::json::array();
};
