//! awk: placeholder
use crate::script::host::Launch;
use crate::script::sys::Sys;
pub fn run(_argv: &[String], sys: &mut Sys<'_>) -> Launch {
    sys.err("awk: left out\n");
    Launch::Done(2)
}
