"""The peer of our forward pass: the same model on ONNX Runtime in f32, timed on the same texts.

Usage: onnx_peer.py MODEL_FOLDER THREADS TEXTS TOKENS

Builds the graph from the weights, with the runtime's own fused operators (attention, bias and GELU, skip and layer
norm), which is the fastest form it has for this model. Every text has TOKENS tokens, so that nothing is padded. Prints
one JSON object: texts per second of wall time, and the first components of one vector to compare.
"""

import json
import sys
import time

import numpy
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

LAYERS, WIDTH, HEADS = 6, 384, 12
FUSED = "com.microsoft"


def build(weights):
    nodes, initializers = [], []

    def tensor(name, array):
        initializers.append(numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def node(kind, inputs, outputs, domain="", **attributes):
        nodes.append(helper.make_node(kind, inputs, outputs, domain=domain, **attributes))
        return outputs[0]

    def norm(prefix, x, skip, out, bias=None):
        gamma = tensor(f"{out}.gamma", weights[f"{prefix}.LayerNorm.weight"])
        beta = tensor(f"{out}.beta", weights[f"{prefix}.LayerNorm.bias"])
        inputs = [x, skip, gamma, beta] + ([bias] if bias else [])
        return node("SkipLayerNormalization", inputs, [out], FUSED, epsilon=1e-12)

    words = tensor("words", weights["embeddings.word_embeddings.weight"])
    positions = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    x = node("Gather", [words, "ids"], ["word_vectors"])
    place = node("Gather", [tensor("positions", positions), "places"], ["place_vectors"])
    x = norm("embeddings", x, place, "embedded")
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}"
        parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
        qkv = tensor(f"qkv{layer}", numpy.concatenate([weights[f"{part}.weight"].T for part in parts], axis=1))
        qkv_bias = tensor(f"qkv_bias{layer}", numpy.concatenate([weights[f"{part}.bias"] for part in parts]))
        seen = node("Attention", [x, qkv, qkv_bias], [f"seen{layer}"], FUSED, num_heads=HEADS)
        dense = tensor(f"dense{layer}", weights[f"{at}.attention.output.dense.weight"].T)
        dense_bias = tensor(f"dense_bias{layer}", weights[f"{at}.attention.output.dense.bias"])
        mixed = node("MatMul", [seen, dense], [f"mixed{layer}"])
        x = norm(f"{at}.attention.output", mixed, x, f"attended{layer}", dense_bias)
        up = tensor(f"up{layer}", weights[f"{at}.intermediate.dense.weight"].T)
        up_bias = tensor(f"up_bias{layer}", weights[f"{at}.intermediate.dense.bias"])
        wide = node("MatMul", [x, up], [f"wide{layer}"])
        wide = node("BiasGelu", [wide, up_bias], [f"gelu{layer}"], FUSED)
        down = tensor(f"down{layer}", weights[f"{at}.output.dense.weight"].T)
        down_bias = tensor(f"down_bias{layer}", weights[f"{at}.output.dense.bias"])
        narrow = node("MatMul", [wide, down], [f"narrow{layer}"])
        x = norm(f"{at}.output", narrow, x, f"layer{layer}", down_bias)
    mean = node("ReduceMean", [x], ["mean"], axes=[1], keepdims=0)
    node("LpNormalization", [mean], ["vectors"], axis=1, p=2)
    graph = helper.make_graph(
        nodes,
        "bert",
        [
            helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"]),
            helper.make_tensor_value_info("places", TensorProto.INT64, ["batch", "tokens"]),
        ],
        [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", WIDTH])],
        initializers,
    )
    versions = [helper.make_opsetid("", 17), helper.make_opsetid(FUSED, 1)]
    model = helper.make_model(graph, opset_imports=versions)
    model.ir_version = 8
    return model


def main():
    folder, threads, texts, tokens = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    model = build(load_file(f"{folder}/model.safetensors"))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    # The same tokens as ours: [CLS], then a fixed walk through the vocabulary, then [SEP].
    ids = numpy.array(
        [[101] + [1000 + (text * 7919 + place * 104729) % 28000 for place in range(tokens - 2)] + [102] for text in range(texts)],
        dtype=numpy.int64,
    )
    places = numpy.tile(numpy.arange(tokens, dtype=numpy.int64), (1, 1))

    def run(chunk):
        return session.run(None, {"ids": chunk, "places": numpy.repeat(places, len(chunk), axis=0)})[0]

    first = run(ids[:1])[0]
    best = float("inf")
    for batch in (1, 2, 4):
        start = time.perf_counter()
        for at in range(0, texts, batch):
            run(ids[at : at + batch])
        best = min(best, time.perf_counter() - start)
    print(json.dumps({"texts_per_s": texts / best, "vector": [float(value) for value in first[:8]]}))


main()
