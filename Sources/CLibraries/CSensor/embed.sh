#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
#
# embed.sh CLANG SOURCE OUTPUT: compiles SOURCE for the kernel's virtual machine and writes the object as Swift.
set -eu
clang=$1 source=$2 output=$3
case $(uname -m) in
    x86_64) machine=x86 ;;
    aarch64) machine=arm64 ;;
    *) echo "the sensor is written for x86-64 and arm64, this is $(uname -m)" >&2; exit 1 ;;
esac
# Debian keeps headers of the processor in a folder of its own, which clang does not look into for another target.
"$clang" -g -O2 -Wall -Wno-default-const-init-var-unsafe -target bpf "-D__TARGET_ARCH_$machine" \
    "-fdebug-prefix-map=$(dirname "$source")=." -idirafter "/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$output.o"
{
    echo "/// The sensor's programs for the kernel, an ELF object in base64."
    echo "let kernelObject: StaticString ="
    echo "    \"$(base64 -w 0 "$output.o")\""
} >"$output"
rm "$output.o"
