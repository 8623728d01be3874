# SPDX-License-Identifier: Apache-2.0
# cause: hash-order
# try: PERL_HASH_SEED=0
# effect: no effect
# only: hash-seed
# needs: perl
export PERL_PERTURB_KEYS=1
perl -e '%h = map { $_ => 1 } "a" .. "z"; print join(" ", keys %h), "\n"' >set.txt
