#include "runtime/torch/torch_error.h"

#include "runtime/base/error.h"

#include <c10/util/Exception.h>

#include <new>
#include <string_view>

namespace gan {
namespace {

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

void rethrow_as_error(const std::string& what) {
    try {
        throw;
    } catch (const Error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw;
    } catch (const c10::Error& failure) {
        throw Error("LibTorch could not {}: {}", what, first_line(failure.what_without_backtrace()));
    } catch (const std::exception& failure) {
        throw Error("LibTorch could not {}: {}", what, first_line(failure.what()));
    }
}

}  // namespace gan
