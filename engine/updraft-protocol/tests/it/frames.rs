//! Whatever arrives, in whatever pieces, the decoder gives frames or an error, and never panics.

use proptest::prelude::*;
use serde_json::{Value, json};
use updraft_protocol::frame::{
    FRAME_LENGTH_MAX, FrameDecoder, FrameError, Reply, Request, WireError, encode_reply, encode_request,
};
use updraft_protocol::message::{ErrorResponse, ErrorType, SetXCom, ToSupervisor};

fn xcom(value: Value) -> ToSupervisor {
    ToSupervisor::SetXCom(SetXCom {
        key: "return_value".to_owned(),
        value,
        dag_id: "d".parse().unwrap(),
        run_id: "r".parse().unwrap(),
        task_id: "t".parse().unwrap(),
        map_index: None,
        mapped_length: None,
    })
}

fn frame(content: &[u8]) -> Vec<u8> {
    [&(content.len() as u32).to_be_bytes()[..], content].concat()
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e300..1e300f64).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,8}", inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn requests_survive_the_wire_in_any_pieces(
        values in prop::collection::vec(json_value(), 1..4),
        piece in 1usize..64,
    ) {
        let requests: Vec<Request> =
            values.into_iter().enumerate().map(|(id, value)| Request { id: id as u64, body: xcom(value) }).collect();
        let stream: Vec<u8> =
            requests.iter().flat_map(|request| encode_request(request.id, &request.body).unwrap()).collect();
        let mut decoder = FrameDecoder::new();
        let mut arrived = Vec::new();
        for bytes in stream.chunks(piece) {
            decoder.push(bytes);
            while let Some(frame) = decoder.next_frame().unwrap() {
                arrived.push(frame.into_request().unwrap());
            }
        }
        prop_assert_eq!(arrived, requests);
        prop_assert!(!decoder.is_inside_frame());
    }

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = FrameDecoder::new();
        decoder.push(&bytes);
        while let Ok(Some(frame)) = decoder.next_frame() {
            let _ = frame.clone().into_request();
            let _ = frame.into_reply();
        }
    }

    #[test]
    fn garbage_in_a_well_measured_frame_never_panics(content in prop::collection::vec(any::<u8>(), 0..300)) {
        let mut decoder = FrameDecoder::new();
        decoder.push(&frame(&content));
        if let Ok(Some(frame)) = decoder.next_frame() {
            let _ = frame.clone().into_request();
            let _ = frame.into_reply();
        }
    }

    #[test]
    fn a_damaged_request_never_panics(value in json_value(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = encode_request(7, &xcom(value)).unwrap();
        let at = 4 + at.index(bytes.len() - 4);
        bytes[at] = byte;
        let mut decoder = FrameDecoder::new();
        decoder.push(&bytes);
        if let Ok(Some(frame)) = decoder.next_frame() {
            let _ = frame.into_request();
        }
    }
}

fn error_of(bytes: &[u8]) -> FrameError {
    let mut decoder = FrameDecoder::new();
    decoder.push(bytes);
    decoder.next_frame().unwrap_err()
}

#[test]
fn a_frame_that_announces_too_much_is_refused_at_once() {
    let length = FRAME_LENGTH_MAX + 1;
    assert_eq!(
        error_of(&(length as u32).to_be_bytes()),
        FrameError::TooLarge { length }
    );
}

#[test]
fn a_value_that_is_too_large_is_refused_by_the_sender() {
    let value = Value::String("x".repeat(FRAME_LENGTH_MAX));
    assert!(matches!(
        encode_request(1, &xcom(value)),
        Err(FrameError::TooLarge { .. })
    ));
}

#[test]
fn errors_say_what_is_wrong_with_a_frame() {
    assert!(matches!(
        error_of(&frame(&[0x93, 1])),
        FrameError::Content(WireError::Syntax(_))
    ));
    assert_eq!(error_of(&frame(&[0x01])), FrameError::Shape);
    assert_eq!(error_of(&frame(&[0x91, 0xa1, b'x'])), FrameError::Shape);
    assert_eq!(
        error_of(&frame(&[0x01, 0x02, 0x03])),
        FrameError::Content(WireError::Trailing(2))
    );
    assert_eq!(
        error_of(&frame(&[0x92, 1, 0xc4, 1, 0])),
        FrameError::Content(WireError::Bytes)
    );
    assert_eq!(
        error_of(&frame(&[0x92, 1, 0xa1, 0xff])),
        FrameError::Content(WireError::Text)
    );
    assert_eq!(
        error_of(&frame(&[0x92, 1, 0x81, 1, 1])),
        FrameError::Content(WireError::Key)
    );
    assert_eq!(
        error_of(&frame(&[0x92, 1, 0xd4, 5, 0])),
        FrameError::Content(WireError::Extension(5))
    );
    assert_eq!(
        error_of(&frame(&[0x92, 1, 0xd4, 0xff, 0])),
        FrameError::Content(WireError::Timestamp)
    );
    let deep = [vec![0x91; 2000], vec![0xc0]].concat();
    assert!(matches!(
        error_of(&frame(&deep)),
        FrameError::Content(WireError::Syntax(_))
    ));
}

#[test]
fn a_message_that_is_not_known_can_still_be_answered() {
    let mut decoder = FrameDecoder::new();
    // [9, {"type": "Dance"}]
    decoder.push(&frame(b"\x92\x09\x81\xa4type\xa5Dance"));
    let error = decoder.next_frame().unwrap().unwrap().into_request().unwrap_err();
    assert_eq!((error.id, error.kind.as_str()), (9, "Dance"));
    assert!(
        error.reason.contains("unknown variant `Dance`"),
        "{}",
        error.reason
    );
}

#[test]
fn answers_carry_a_body_or_nothing_or_an_error() {
    let error = ErrorResponse::new(ErrorType::VariableNotFound, "there is no Variable `x`");
    for body in [Ok(None), Err(error)] {
        let reply = Reply { id: 3, body };
        let mut decoder = FrameDecoder::new();
        decoder.push(&encode_reply(&reply).unwrap());
        assert_eq!(
            decoder.next_frame().unwrap().unwrap().into_reply().unwrap(),
            reply
        );
    }
}

#[test]
fn numbers_that_json_lacks_arrive_as_null() {
    let mut decoder = FrameDecoder::new();
    let bytes = encode_request(1, &xcom(json!(0.5))).unwrap();
    let nan: Vec<u8> = f64::NAN.to_be_bytes().to_vec();
    let half: Vec<u8> = 0.5f64.to_be_bytes().to_vec();
    let at = bytes.windows(8).position(|window| window == half).unwrap();
    let damaged = [&bytes[..at], &nan, &bytes[at + 8..]].concat();
    decoder.push(&damaged);
    assert_eq!(
        decoder
            .next_frame()
            .unwrap()
            .unwrap()
            .into_request()
            .unwrap()
            .body,
        xcom(Value::Null)
    );
}
