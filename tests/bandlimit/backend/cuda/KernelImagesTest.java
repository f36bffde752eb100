package bandlimit.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KernelImagesTest {
  private static final KernelImages CI =
      new KernelImages("13.0.88", List.of("sm_80", "sm_90", "compute_80"), List.of(), Map.of());

  @Test
  void aCubinServesItsMajorVersionFromItsMinorOn() {
    assertThat(CI.serving(80)).contains("sm_80");
    assertThat(CI.serving(86)).contains("sm_80");
    assertThat(CI.serving(90)).contains("sm_90");
  }

  @Test
  void ptxServesWhatIsNewer() {
    assertThat(CI.serving(120)).contains("compute_80");
    assertThat(CI.serving(75)).isEmpty();
    var narrow = new KernelImages("13.0.88", List.of("sm_89"), List.of(), Map.of());
    assertThat(narrow.serving(86)).isEmpty();
    assertThat(narrow.serving(90)).isEmpty();
  }

  @Test
  void anImageOfOtherSourcesIsNotCurrent() {
    var other =
        new KernelImages(
            "13.0.88", List.of("sm_90"), List.of("common.cuh"), Map.of("resample", "0"));
    assertThat(other.stale()).containsExactly("resample");
  }

  @Test
  void whatTheBuildMadeIsCurrent() {
    var images = KernelImages.find();
    assumeTrue(
        images.isPresent(), "no kernel images: nvcc was not there when the project was built");
    assertThat(images.orElseThrow().digests()).isNotEmpty();
    assertThat(images.orElseThrow().stale()).isEmpty();
  }
}
