/// Tests that read the sources: who may use whom, and house rules no compiler knows.
@org.jspecify.annotations.NullMarked
package bandlimit.structure;
