//! `kubectl explain` of a custom resource, from the schema of its definition.
//!
//! Models: `kubectl/pkg/explain/v2/templates/plaintext.tmpl`, `apiextensions-apiserver/pkg/controller/openapi/builder`.
