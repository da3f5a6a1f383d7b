//! One seed, one history, natively. The number printed here is what `cargo xtask test` then asks of the browser.

#[path = "common/digest.rs"]
mod digest;

#[test]
fn a_session_gives_the_same_number_twice() {
    let number = digest::of_a_session();
    assert_eq!(number, digest::of_a_session(), "the same seed and inputs gave two histories");
    println!("number of the session: {number}");
}
