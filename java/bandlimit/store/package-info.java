/// File formats and safe writing: safetensors, JSON and JSON lines, CSV, TensorBoard events, atomic
/// replacement of files and folders.
@org.jspecify.annotations.NullMarked
package bandlimit.store;
