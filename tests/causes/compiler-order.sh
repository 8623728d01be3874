#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cause: compiler-order
# needs: as
. "${0%/*}/lib.sh"

assemble() {
	{
		echo '.text'
		echo '.globl f'
		echo '.type f, @function'
		echo 'f:'
		echo '	pushq %rbx'
		pick '	leaq 8(%rdi), %rax' '	movl $77, %edx'
		pick '	movl $77, %edx' '	leaq 8(%rdi), %rax'
		echo '	addq %rdx, %rax'
		echo '	popq %rbx'
		echo '	ret'
		echo '.size f, .-f'
	} | as -o x.o -
}
each assemble
