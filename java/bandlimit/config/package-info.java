/// Strict YAML into typed records: every mistake at once, each with file:line:column and the
/// nearest valid name.
///
/// A key exists because a record component does: [TrainConfig] is the list of them all, [Key]
/// carries meaning, default and range, and from the two come the binder ([Binder]), the canonical
/// text ([YamlWriter]), the editor schema ([ConfigSchema]) and the tables of docs/configs.md.
@org.jspecify.annotations.NullMarked
package bandlimit.config;
