#pragma once

#include <cfenv>

namespace gan {

/// While it lives, numbers are rounded as programs are made for; then as the host had it. [any thread]
class PlainRounding {
public:
    PlainRounding() {
        std::fegetenv(&host_);
        std::fesetenv(FE_DFL_ENV);
    }
    ~PlainRounding() { std::fesetenv(&host_); }
    PlainRounding(const PlainRounding&) = delete;
    PlainRounding& operator=(const PlainRounding&) = delete;

private:
    std::fenv_t host_{};
};

}  // namespace gan
