// A user's header of a name that the library has too.
#pragma once

namespace user {
inline constexpr int kImage = 3;
}
