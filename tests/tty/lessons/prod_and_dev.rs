//! Lesson 9: figures that are counted in the package databases of both images, and the owner of a file.

use super::Play;

const OWNER: &str = "apk info -W /etc/ssl/certs/ca-certificates.crt";

#[test]
fn prod_and_dev() {
    let mut play = Play::open("prod-and-dev", "lt9");
    // What is more in dev?
    play.by_the_answer();
    let (prod, dev, only) = figures(&mut play);
    play.answer(&dev);
    play.wrong(0);
    play.answer(&prod);
    play.wrong(1);
    play.answer(&only);
    play.done();
    // What is there to look after?
    play.answer(&dev);
    play.wrong(0);
    play.answer(&only);
    play.wrong(1);
    play.answer(&prod);
    play.done();
    // Who brought this file?
    play.line(OWNER);
    play.wrong(2);
    play.answer("ca-certificates.crt");
    play.wrong(1);
    play.attach("{lab}-web");
    play.line(OWNER);
    let owner = play.last_line_of(OWNER);
    let (_, package) = owner.rsplit_once(' ').unwrap();
    play.answer(package);
    play.wrong(0);
    let (name, _) = package.split_once("-2").unwrap();
    play.answer(name);
    play.done();
    play.exit();
    play.leave();
}

/// What `devtwin compare` says of packages: in prod, in dev, only in dev.
fn figures(play: &mut Play) -> (String, String, String) {
    play.sees("only in dev,");
    let screen = play.pty.screen();
    let line = screen.lines().find(|line| line.contains("only in dev,"));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let before = |wanted: &[&str]| {
        let at = words.windows(wanted.len()).position(|w| w == wanted);
        words[at.unwrap() - 1].to_owned()
    };
    (
        before(&["in", "prod,"]),
        before(&["in", "dev:"]),
        before(&["only", "in", "dev,"]),
    )
}
