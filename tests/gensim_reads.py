# SPDX-License-Identifier: MIT-0
#
# gensim_reads.py BINARY TEXT OUT - gensim (Debian: python3-gensim) loads both and finds the same vectors, then writes them as OUT.bin, OUT.txt
import sys

import numpy
from gensim.models import KeyedVectors

binary = KeyedVectors.load_word2vec_format(sys.argv[1], binary=True)
text = KeyedVectors.load_word2vec_format(sys.argv[2], binary=False)
assert binary.index_to_key == text.index_to_key, "the words differ"
assert numpy.array_equal(binary.vectors, text.vectors), "the vectors differ"
assert binary.most_similar("a3")[0][0].startswith("a"), "the neighbour is not of the topic"
binary.save_word2vec_format(sys.argv[3] + ".bin", binary=True)
binary.save_word2vec_format(sys.argv[3] + ".txt", binary=False)
