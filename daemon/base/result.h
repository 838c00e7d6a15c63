#pragma once
// A value or the Failure that stands in its way. For expected failures; programming faults throw.

#include "base/failure.h"

#include <utility>
#include <variant>

namespace ocfsecd {

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_{std::in_place_index<0>, std::move(value)} {}
    Result(Failure failure) : state_{std::in_place_index<1>, std::move(failure)} {}

    bool ok() const { return state_.index() == 0; }
    explicit operator bool() const { return ok(); }
    /// The value; std::bad_variant_access when there is none (a programming fault).
    T& operator*() & { return std::get<0>(state_); }
    const T& operator*() const& { return std::get<0>(state_); }
    T&& operator*() && { return std::get<0>(std::move(state_)); }
    T* operator->() { return &std::get<0>(state_); }
    const T* operator->() const { return &std::get<0>(state_); }
    const Failure& failure() const { return std::get<1>(state_); }

private:
    std::variant<T, Failure> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Failure failure) : failure_{std::move(failure)}, ok_{false} {}
    bool ok() const { return ok_; }
    explicit operator bool() const { return ok_; }
    const Failure& failure() const { return failure_; }

private:
    Failure failure_{};
    bool ok_ = true;
};

} // namespace ocfsecd
