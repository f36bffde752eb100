/// From graphs to plans: passes, the order things run in, and where every value lives.
@org.jspecify.annotations.NullMarked
package bandlimit.plan;
