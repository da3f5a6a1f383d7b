//! `pilothouse lessons check [FILE...]`: every lesson both ways.

use super::text_of;
use pilothouse::session::course::COURSE;
use pilothouse::session::rehearsal::rehearse;

pub fn run(args: &[String]) -> u8 {
    check(args).unwrap_or_else(|message| super::refuse("lessons", message))
}

fn check(args: &[String]) -> Result<u8, String> {
    let [verb, files @ ..] = args else { return Err("try: lessons check".into()) };
    if verb != "check" {
        return Err(format!("there is no `lessons {verb}`; try: lessons check"));
    }
    let texts: Vec<(String, String)> = if files.is_empty() {
        COURSE.iter().map(|entry| (entry.path.to_string(), entry.text.to_string())).collect()
    } else {
        files.iter().map(|path| Ok((path.clone(), text_of(path)?))).collect::<Result<_, String>>()?
    };
    let (mut steps, mut checks, mut wrong, mut failed) = (0, 0, 0, 0);
    for (path, text) in &texts {
        let report = rehearse(text);
        steps += report.steps;
        checks += report.checks;
        wrong += report.wrong;
        failed += report.failures.len();
        println!("{path}: {} steps, {} checks, {} wrong answers", report.steps, report.checks, report.wrong);
        report.failures.iter().for_each(|failure| println!("  {failure}"));
    }
    println!("{} lessons, {steps} steps, {checks} checks, {wrong} wrong answers", texts.len());
    println!("{} passed, {failed} failed", (steps + wrong).saturating_sub(failed));
    Ok(u8::from(failed > 0))
}
