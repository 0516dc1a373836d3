//! Long runs of plain bytes, which most of every text is.

/// How many bytes a block has.
const BLOCK: usize = 16;

/// How many bytes at the start of `bytes` pass `stays`, which sees the byte before and the byte itself; before the first one
/// lies `before`.
///
/// Whole blocks are looked at without a branch per byte, so that the compiler can do a block at once: `stays` should have no
/// branches either.
pub(crate) fn run(bytes: &[u8], mut before: u8, stays: impl Fn(u8, u8) -> bool) -> usize {
    let (blocks, _) = bytes.as_chunks::<BLOCK>();
    let mut length = 0;
    for block in blocks {
        let mut befores = [before; BLOCK];
        befores[1..].copy_from_slice(&block[..BLOCK - 1]);
        let pairs = befores.iter().zip(block);
        if !pairs.fold(true, |all, (&before, &byte)| all & stays(before, byte)) {
            break;
        }
        length += BLOCK;
        before = block[BLOCK - 1];
    }
    let rest = bytes[length..].iter().take_while(|&&byte| {
        let stays = stays(before, byte);
        before = byte;
        stays
    });
    length + rest.count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_run_ends_at_the_first_byte_that_does_not_stay(text in "([a-c]{1,30}|  ?|[.]){0,8}", before in "[a ]") {
            let stays = |before: u8, byte: u8| byte != b'.' && (byte != b' ' || before != b' ');
            let before = before.as_bytes()[0];
            let all = [&[before], text.as_bytes()].concat();
            let expected = all.windows(2).position(|pair| !stays(pair[0], pair[1]));
            prop_assert_eq!(run(text.as_bytes(), before, stays), expected.unwrap_or(text.len()));
        }
    }
}
