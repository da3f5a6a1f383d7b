//! jq: placeholder
use crate::script::host::Launch;
use crate::script::sys::Sys;
pub fn run(_argv: &[String], sys: &mut Sys<'_>) -> Launch {
    sys.err("jq: left out\n");
    Launch::Done(2)
}
