"""A client of `vaezoo serve` and of TensorFlow Serving; REST needs no TensorFlow."""

from vaezoo.serving.client.answers import Decoding as Decoding
from vaezoo.serving.client.answers import Encoding as Encoding
from vaezoo.serving.client.answers import LogProbTerms as LogProbTerms
from vaezoo.serving.client.client import Client as Client
from vaezoo.serving.client.request_error import RequestError as RequestError
from vaezoo.serving.client.signatures import ModelMetadata as ModelMetadata
from vaezoo.serving.client.signatures import Signature as Signature
