/// The cuda backend on its emulated device.
@org.jspecify.annotations.NullMarked
package bandlimit.backend.cuda;
