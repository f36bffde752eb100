package bandlimit.golden;

import bandlimit.backend.Backend;

/// A backend and the arithmetic it is held to.
record Machine(Backend backend, boolean isDouble) {}
