//! What files must do, whoever uses them.

use super::*;

#[test]
fn a_clone_of_the_files_is_independent_and_links_are_followed() {
    let mut files = Files::new();
    files.write("/tmp/a", b"one", Time::ZERO).expect("a");
    let before = files.clone();
    files.symlink("a", "/tmp/l", Time::ZERO).expect("link");
    files.append("/tmp/l", b" two", Time::ZERO).expect("append");
    assert_eq!(files.text("/tmp/a").as_deref(), Ok("one two"));
    assert_eq!(before.text("/tmp/a").as_deref(), Ok("one"));
    assert_eq!(files.write("/nowhere/x", b"", Time::ZERO), Err(Fault::NotFound));
    assert_eq!(files.list("/tmp/a"), Err(Fault::NotDir));
}

#[test]
fn a_mounted_tree_can_be_written_and_taken_out_again() {
    let mut files = Files::new();
    files.mount("/data", Tree::dir(), false);
    files.write("/data/x", b"1", Time::ZERO).expect("x");
    assert_eq!(files.rmdir("/data"), Err(Fault::NotEmpty));
    let tree = files.unmount("/data").expect("mounted");
    assert!(!files.exists("/data/x"));
    files.mount("/other", tree, true);
    assert_eq!(files.text("/other/x").as_deref(), Ok("1"));
    assert_eq!(files.write("/other/x", b"2", Time::ZERO), Err(Fault::ReadOnly));
}

#[test]
fn a_file_is_written_in_place_and_a_copy_keeps_what_it_had() {
    let mut files = Files::new();
    assert_eq!(files.write_at("/tmp/a", None, b"x", Time::ZERO), Err(Fault::NotFound));
    files.write("/tmp/a", b"one", Time::ZERO).expect("a");
    let before = files.clone();
    assert_eq!(files.write_at("/tmp/a", None, b" two", Time::ZERO), Ok(7));
    assert_eq!(files.write_at("/tmp/a", Some(0), b"O", Time::ZERO), Ok(1));
    assert_eq!(files.text("/tmp/a").as_deref(), Ok("One two"));
    assert_eq!(before.text("/tmp/a").as_deref(), Ok("one"));
    files.limit(8);
    assert_eq!(files.write_at("/tmp/a", None, b"..", Time::ZERO), Err(Fault::NoSpace));
}

#[test]
fn a_full_disk_says_so() {
    let mut files = Files::new();
    files.limit(10);
    assert_eq!(files.write("/tmp/a", &[0; 11], Time::ZERO), Err(Fault::NoSpace));
    files.write("/tmp/a", &[0; 10], Time::ZERO).expect("fits");
    files.unlink("/tmp/a").expect("there");
    files.write("/tmp/b", &[0; 10], Time::ZERO).expect("fits again");
}
