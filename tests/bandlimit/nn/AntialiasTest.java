package bandlimit.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import bandlimit.nn.Antialias.Lowpass;
import bandlimit.nn.Antialias.Where;
import bandlimit.signal.Boundary;
import java.util.List;
import org.junit.jupiter.api.Test;

class AntialiasTest {
  @Test
  void thePublishedSettingsBlurEverythingButTheStem() {
    Lowpass published = new Lowpass();
    assertThat(published.taps()).isEqualTo(4);
    assertThat(published.padding()).isEqualTo(Boundary.REFLECT);
    assertThat(published.at(Where.CONV)).isTrue();
    assertThat(published.at(Where.POOL)).isTrue();
    assertThat(published.at(Where.SHORTCUT)).isTrue();
    assertThat(published.at(Where.STEM)).isFalse();
    assertThat(published.filter().taps()).containsExactly(0.125, 0.375, 0.375, 0.125);
  }

  @Test
  void noneBlursNowhere() {
    for (Where place : Where.values()) {
      assertThat(Antialias.NONE.at(place)).isFalse();
    }
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> new Lowpass(0)).hasMessageContaining("1..7").hasMessageContaining("0");
    assertThatThrownBy(() -> new Lowpass(8)).hasMessageContaining("8");
    assertThatThrownBy(() -> new Lowpass(3, Boundary.ZERO, List.of()))
        .hasMessageContaining("kind: none");
    assertThatThrownBy(() -> new Lowpass(3, Boundary.ZERO, List.of(Where.POOL, Where.POOL)))
        .hasMessageContaining("twice");
  }
}
