use proptest::prelude::*;

use super::*;

const TCP: &str = "\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000 65532        0 4711 1 0000000000000000 100 0 0 10 0                      
   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0000000000000000 100 0 0 10 0
   2: 030011AC:1F90 010011AC:CA8E 01 00000010:00000020 00:00000000 00000000 65532        0 4713 1 0000000000000000 20 4 30 10 -1
   3: 030011AC:1F90 010011AC:CA8F 06 00000000:00000000 03:00000F2A 00000000     0        0 0 3 0000000000000000
   4: broken
";
const TCP6: &str = "\
  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5000 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:1F91 0000000000000000FFFF00000200007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 5001 1 0 20 4 0 10 -1
   2: 00000000000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5002 1 0 100 0 0 10 0
   3: B80D0120000000000000000001000000:0052 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5003 1 0 100 0 0 10 0
";
const UDP: &str = "\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  102: 0B00007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 6000 2 0000000000000000 0
  103: 030011AC:A000 08080808:0035 01 00000000:00000000 00:00000000 00000000     0        0 6001 2 0000000000000000 0
";

fn lines(sockets: &[Socket]) -> Vec<String> {
    let line = |s: &Socket| {
        let remote = s.remote.as_ref().map_or("-".into(), End::text);
        format!(
            "{} {} {} {remote} {}",
            s.protocol.word(),
            s.state.word(),
            s.local.text(),
            s.inode
        )
    };
    sockets.iter().map(line).collect()
}

#[test]
fn tables_are_read_in_the_words_of_ss() {
    let tcp = inet(TCP, Protocol::Tcp);
    assert_eq!(
        lines(&tcp),
        [
            "tcp LISTEN 0.0.0.0:8080 - 4711",
            "tcp LISTEN 127.0.0.1:80 - 4712",
            "tcp ESTAB 172.17.0.3:8080 172.17.0.1:51854 4713",
            "tcp TIME-WAIT 172.17.0.3:8080 172.17.0.1:51855 0",
        ]
    );
    assert_eq!((tcp[0].waiting, tcp[0].uid), (3, 65532));
    assert_eq!((tcp[2].unsent, tcp[2].waiting), (16, 32));
    assert_eq!(
        lines(&inet(TCP6, Protocol::Tcp)),
        [
            "tcp LISTEN [::]:22 - 5000",
            "tcp ESTAB 127.0.0.1:8081 127.0.0.2:49153 5001",
            "tcp LISTEN [::1]:81 - 5002",
            "tcp LISTEN [2001:db8::1]:82 - 5003",
        ]
    );
    assert_eq!(
        lines(&inet(UDP, Protocol::Udp)),
        [
            "udp UNCONN 127.0.0.11:53 - 6000",
            "udp ESTAB 172.17.0.3:40960 8.8.8.8:53 6001"
        ]
    );
}

#[test]
fn every_state_has_its_word() {
    let line =
        |state: &str| format!("head\n 0: 00000000:0001 00000000:0000 {state} 0:0 0:0 0 0 0 1\n");
    for (code, word) in [
        ("01", "ESTAB"),
        ("02", "SYN-SENT"),
        ("03", "SYN-RECV"),
        ("04", "FIN-WAIT-1"),
        ("05", "FIN-WAIT-2"),
        ("06", "TIME-WAIT"),
        ("07", "CLOSED"),
        ("08", "CLOSE-WAIT"),
        ("09", "LAST-ACK"),
        ("0A", "LISTEN"),
        ("0B", "CLOSING"),
        ("0C", "SYN-RECV"),
    ] {
        assert_eq!(inet(&line(code), Protocol::Tcp)[0].state.word(), word);
    }
    assert!(inet(&line("0D"), Protocol::Tcp).is_empty());
    assert_eq!(inet(&line("07"), Protocol::Udp)[0].state.word(), "UNCONN");
}

#[test]
fn sockets_within_the_machine_count_when_they_wait() {
    let text = "\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 12345 /run/app/my socket
ffff8880a: 00000003 00000000 00000000 0001 03 12346 /run/app/other
0000000000000000: 00000002 00000000 00010000 0001 01     7 @/abstract
0000000000000000: 00000002 00000000 00010000 0001 01 12348
nonsense
";
    assert_eq!(
        lines(&unix(text)),
        [
            "unix LISTEN /run/app/my socket - 12345",
            "unix LISTEN @/abstract - 7"
        ]
    );
}

#[test]
fn sockets_are_found_with_their_processes() {
    let text = "\
c1ff 4711 /proc/1/fd/3
81a4 4711 /proc/1/fd/4
c1ff 4711 /proc/1/fd/5
c1ff 4711 /proc/20/fd/3
c1ff x /proc/20/fd/3
c1ff 4711 /etc/passwd
stat: cannot statx '/proc/9/fd/3'
";
    let found = owners(text);
    assert_eq!(found.get(&4711).map(Vec::as_slice), Some(&[1, 20][..]));
    assert_eq!(found.len(), 1);
}

#[test]
fn open_ones_come_first_by_their_port() {
    let mut all = inet(UDP, Protocol::Udp);
    all.extend(inet(TCP, Protocol::Tcp));
    let (sockets, cut) = sorted(all);
    assert!(!cut);
    let ends: Vec<String> = sockets.iter().map(|s| s.local.text()).collect();
    assert_eq!(
        ends,
        [
            "127.0.0.1:80",
            "0.0.0.0:8080",
            "127.0.0.11:53",
            "172.17.0.3:8080",
            "172.17.0.3:8080",
            "172.17.0.3:40960"
        ]
    );
    let many = vec![sockets[0].clone(); MOST + 1];
    let (kept, cut) = sorted(many);
    assert_eq!((kept.len(), cut), (MOST, true));
}

#[test]
fn routes_are_read_as_ip_prints_them() {
    let four = "\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010011AC	0003	0	0	0	00000000	0	0	0
eth0	000011AC	00000000	0001	0	0	100	0000FFFF	0	0	0
eth1	000012AC	00000000	0000	0	0	0	0000FFFF	0	0	0
broken
";
    let texts = |routes: Vec<Route>| routes.iter().map(Route::text).collect::<Vec<_>>();
    assert_eq!(
        texts(routes(four)),
        [
            "default via 172.17.0.1 dev eth0",
            "172.17.0.0/16 dev eth0 metric 100"
        ]
    );
    let six = "\
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0
fe800000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000001 80 00000000000000000000000000000000 00 00000000000000000000000000000000 00000000 00000002 00000000 80200001       lo
ff000000000000000000000000000000 08 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
";
    assert_eq!(
        texts(routes6(six)),
        [
            "2001:db8::/64 dev eth0 metric 256",
            "default via 2001:db8::1 dev eth0 metric 1024"
        ]
    );
}

#[test]
fn the_files_about_names_are_read() {
    let found = resolver(
        "# made by docker\nnameserver 127.0.0.11 # inside\nsearch a.example\nsearch corp.example lan\noptions ndots:0 ; x\nnameserver\n",
    );
    assert_eq!(found.servers, ["127.0.0.11"]);
    assert_eq!(found.search, ["corp.example", "lan"]);
    assert_eq!(found.options, ["ndots:0"]);
    let found = hosts("127.0.0.1\tlocalhost web # own\n#::1 x\n10.0.0.1\n");
    assert_eq!(
        found,
        [Host {
            address: "127.0.0.1".into(),
            names: vec!["localhost".into(), "web".into()]
        }]
    );
}

#[test]
fn a_published_port_that_nobody_can_answer_is_told() {
    let mut sockets = inet(TCP, Protocol::Tcp);
    sockets.extend(inet(TCP6, Protocol::Tcp));
    let net = Net {
        sockets,
        ..Net::default()
    };
    let published = [
        "0.0.0.0:80->8080/tcp",
        "127.0.0.1:8000->80/tcp",
        "[::]:9->9/tcp",
        "53->8080/udp",
        "1->81/tcp",
        "x->22/tcp",
        "odd",
    ];
    let published = published.map(str::to_owned);
    let found = ports(&published, &net);
    let troubles: Vec<_> = found.iter().map(|port| port.trouble).collect();
    assert_eq!(
        troubles,
        [
            None,
            Some(Trouble::Loopback(80)),
            Some(Trouble::Nobody(9)),
            Some(Trouble::Nobody(8080)),
            Some(Trouble::Loopback(81)),
            None,
            None,
        ]
    );
    let more = Net { cut: true, ..net };
    assert_eq!(
        ports(&published, &more)[2].trouble,
        None,
        "not all sockets were read"
    );
}

proptest! {
    #[test]
    fn every_address_comes_back(bytes: [u8; 16], port: u16) {
        let words = bytes.chunks(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
        let digits: Vec<String> = words.map(|w| format!("{w:08X}")).collect();
        let digits = digits.concat();
        let text = format!("head\n 0: {digits}:{port:04X} {digits}:0000 0A 0:0 0:0 0 0 0 1\n");
        let found = inet(&text, Protocol::Tcp);
        let want = core::net::Ipv6Addr::from(bytes);
        let want = want.to_ipv4_mapped().map_or(IpAddr::V6(want), IpAddr::V4);
        prop_assert_eq!(found[0].local.net(), Some(SocketAddr::new(want, port)));
    }

    #[test]
    fn no_text_makes_it_panic(text in "([0-9A-Fa-f: \t\n.#;/@-]|é|nameserver |search ){0,200}") {
        let _ = (inet(&text, Protocol::Tcp), inet(&text, Protocol::Udp), unix(&text), owners(&text));
        let _ = (routes(&text), routes6(&text), resolver(&text), hosts(&text));
        let _ = ports(&[text], &Net::default());
    }
}
