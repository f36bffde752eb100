package bandlimit.data;

import java.util.ArrayList;
import java.util.List;

/// Brightness, contrast and saturation, each by a factor drawn from 1 - strength to 1 + strength,
/// in random order.
record ColorJitter(double strength) implements Transform {
  @Override
  public Image apply(Image image, java.util.random.RandomGenerator random) {
    var order = new ArrayList<>(List.of(0, 1, 2));
    Image result = image;
    while (!order.isEmpty()) {
      int which = order.remove(/* index= */ random.nextInt(order.size()));
      double low = Math.max(0, 1 - strength);
      double factor = low + (1 + strength - low) * random.nextDouble();
      result =
          switch (which) {
            case 0 -> Pixels.brightness(result, factor);
            case 1 -> Pixels.contrast(result, factor);
            default -> Pixels.color(result, factor);
          };
    }
    return result;
  }
}
