package bandlimit.backend.cuda;

import java.util.List;

/// What one step of a plan became. The step's name is for faults: a kernel's name alone does not
/// say which of forty convolutions it was.
record StepWork(String step, List<Work> work) {}
