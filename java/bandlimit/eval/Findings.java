package bandlimit.eval;

import java.util.ArrayList;
import java.util.List;

/// The parts of a [ShiftReport] while the probes hand them in.
final class Findings {
  final List<ShiftReport.Consistency> consistency = new ArrayList<>();
  final List<ShiftReport.Strata> strata = new ArrayList<>();
  final List<ShiftReport.Distances> distances = new ArrayList<>();
  final List<ShiftReport.Sweep> sweeps = new ArrayList<>();
  final List<ShiftReport.Fractional> fractional = new ArrayList<>();
  final List<ShiftReport.Worst> worst = new ArrayList<>();
}
