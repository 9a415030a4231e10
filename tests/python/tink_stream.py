"""Seals or opens one file with Tink: tink_stream.py seal|open KEY_HEX ASSOCIATED_DATA FROM TO"""

import sys

from tink import proto_keyset_format, secret_key_access, streaming_aead
from tink.proto import aes_gcm_hkdf_streaming_pb2 as aes
from tink.proto import tink_pb2


def primitive(data_key):
    """The published template, with a key of our own."""
    template = streaming_aead.streaming_aead_key_templates.AES256_GCM_HKDF_1MB
    parameters = aes.AesGcmHkdfStreamingKeyFormat.FromString(template.value)
    value = aes.AesGcmHkdfStreamingKey(key_value=data_key, params=parameters.params).SerializeToString()
    symmetric = tink_pb2.KeyData.SYMMETRIC
    data = tink_pb2.KeyData(type_url=template.type_url, value=value, key_material_type=symmetric)
    enabled, raw = tink_pb2.ENABLED, tink_pb2.RAW
    key = tink_pb2.Keyset.Key(key_data=data, status=enabled, key_id=1, output_prefix_type=raw)
    keyset = tink_pb2.Keyset(primary_key_id=1, key=[key]).SerializeToString()
    streaming_aead.register()
    return proto_keyset_format.parse(keyset, secret_key_access.TOKEN).primitive(streaming_aead.StreamingAead)


def main():
    way, data_key, associated_data, source, target = sys.argv[1:]
    tink, words = primitive(bytes.fromhex(data_key)), associated_data.encode()
    with open(source, "rb") as read, open(target, "wb") as written:
        if way == "seal":
            with tink.new_encrypting_stream(written, words) as stream:
                stream.write(read.read())
        else:
            with tink.new_decrypting_stream(read, words) as stream:
                written.write(stream.read())


main()
