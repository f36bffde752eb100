/// Our layers, losses, optimizers and whole training runs against libtorch's numbers.
///
/// Everything is driven by the metadata of the files: another directory of the same format runs
/// unchanged.
@org.jspecify.annotations.NullMarked
package bandlimit.golden;
