/// The recorded cases as tests, and the negative controls of their judge.
@org.jspecify.annotations.NullMarked
package bandlimit.golden;
