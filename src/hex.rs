//! Bytes as text.

/// Bytes in hexadecimal digits, of which letters are small.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
