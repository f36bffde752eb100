/// The zoo: one file for each family of networks, and the registry that finds them by name.
@org.jspecify.annotations.NullMarked
package bandlimit.model;
