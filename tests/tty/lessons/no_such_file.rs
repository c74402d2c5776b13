//! Lesson 6: four causes told by their names, and one image mended, which ends with 0.

use super::Play;

#[test]
fn no_such_file() {
    let mut play = Play::open("no-such-file", "lt6");
    // The file is there.
    play.line("docker run --rm --entrypoint ls {lab}/broken:1 /app");
    play.wrong(3);
    play.answer("NO_SHELL");
    play.wrong(0);
    play.answer("not_found");
    play.wrong(1);
    play.answer("NO_LOADER");
    play.wrong(2);
    play.by_the_answer();
    play.done();
    // One library short.
    play.answer("no_loader");
    play.wrong(0);
    play.answer("127");
    play.wrong(1);
    play.answer("MISSING_LIB");
    play.wrong(2);
    play.by_the_answer();
    play.done();
    // An invisible character.
    play.answer("SHEBANG_MISSING");
    play.wrong(0);
    play.answer("NO_SHELL");
    play.wrong(1);
    play.answer("SHEBANG_CRLF");
    play.wrong(2);
    play.by_the_answer();
    play.done();
    // For another machine.
    play.answer("NO_SHEBANG");
    play.wrong(0);
    play.answer("MISSING_LIB");
    play.wrong(1);
    play.answer("WRONG_ARCH");
    play.wrong(2);
    play.by_the_answer();
    play.done();
    // Mend one.
    play.line("docker run --rm {lab}/broken:3");
    play.wrong(1);
    play.line("docker build -t {lab}/broken:fixed . && docker run --rm {lab}/broken:fixed");
    play.wrong(0);
    play.by_the_answer();
    play.done();
    play.leave();
}
