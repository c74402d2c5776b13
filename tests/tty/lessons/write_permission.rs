//! Lesson 7: a container that does not run as root has written both files, and both are 65532's.

use super::Play;

const RUN: &str = "docker rm -f {lab}-notes; docker run -d --name {lab}-notes -v {lab}-data:/data";

#[test]
fn write_permission() {
    let mut play = Play::open("write-permission", "lt7");
    // It may not write.
    play.line("docker run -d --name {lab}-notes -u 0 -v {lab}-data:/data {lab}/notes:1");
    play.wrong(1);
    play.answer("0");
    play.wrong(0);
    play.line("docker rm -f {lab}-notes");
    play.answer("65532");
    play.wrong(2);
    play.by_the_answer();
    play.done();
    // Whose folder?
    play.line("cp Dockerfile old; echo 'RUN chown 65532 /srv/notes' >> Dockerfile");
    play.line("docker build -t {lab}/notes:2 .");
    play.wrong(4);
    play.line("cp old Dockerfile; docker build -t {lab}/notes:2 .");
    play.line(&format!("{RUN} {{lab}}/notes:2"));
    play.wrong(3);
    play.line("sed 's/^COPY/COPY --chown=65532:65532/' old > Dockerfile");
    play.line("docker build -t {lab}/notes:2 .");
    play.line(&format!("{RUN} {{lab}}/notes:2"));
    play.wrong(2);
    play.line(&format!("{RUN} -u root {{lab}}/notes:2"));
    play.wrong(1);
    play.line("echo 'USER root' >> Dockerfile; docker build -t {lab}/notes:2 .");
    play.wrong(0);
    play.by_the_answer();
    play.done();
    // And the volume: an earlier run as root has left its file there.
    play.line(&format!("{RUN} {{lab}}/notes:2"));
    play.wrong(2);
    play.line(&format!("{RUN} -u 0 {{lab}}/notes:2"));
    play.wrong(0);
    play.line("docker rm -f {lab}-notes");
    play.line(
        "docker run --rm -u 0 -v {lab}-data:/data --entrypoint rm {lab}/web:latest-dev /data/log",
    );
    play.line(&format!("{RUN} {{lab}}/notes:2"));
    play.wrong(4);
    play.line("docker build -t {lab}/notes:3 .");
    play.line(&format!("{RUN} {{lab}}/notes:3"));
    play.wrong(3);
    play.line("docker rm -f {lab}-notes");
    play.line("docker run -d --name {lab}-notes {lab}/notes:3 --write /srv/notes/log");
    play.wrong(1);
    play.by_the_answer();
    play.done();
    play.leave();
}
