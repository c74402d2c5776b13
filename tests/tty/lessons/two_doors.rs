//! Lesson 2: words that are drawn anew for each run, read from the target's port and from its files.

use super::Play;

#[test]
fn same_room_two_doors() {
    let mut play = Play::open("two-doors", "lt2");
    // Open the twin.
    play.line("docker exec -it {lab}-shop sh");
    play.wrong(0);
    play.attach("{lab}-shop");
    play.done();
    // One list of processes.
    play.answer("sh");
    play.wrong(0);
    play.answer("web");
    play.wrong(2);
    play.line("ps");
    play.done();
    // One network.
    play.line("wget -qO- localhost:80/word.txt");
    play.wrong(2);
    play.answer("8123");
    play.wrong(0);
    play.line("wget -qO- localhost:8123/word.txt");
    let page = play.last_line_of("wget -qO- localhost:8123/word.txt");
    play.answer(&page);
    play.done();
    // Two sets of files.
    play.line("cat /srv/note.txt");
    play.wrong(1);
    play.answer(&page);
    play.wrong(0);
    play.line("cat /proc/1/root/srv/note.txt");
    let note = play.last_line_of("cat /proc/1/root/srv/note.txt");
    play.answer(&note);
    play.done();
    // The twin is still open: it goes, too.
    play.leave();
}
