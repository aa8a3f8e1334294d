(** * Ball arithmetic on integers

    A ball is a centre and a radius, both integers, read at a scale k: it contains the reals v
    with |v 2^k - centre| <= radius. An operation rounds its centre and puts the error into the
    radius. *)

From Coq Require Import ZArith Reals Lra Lia.
From Coquelicot Require Import Rcomplements.
From Edgecert Require Import Integers.
Open Scope R_scope.

(** 2^k for any integer k. *)
Definition pow2 (k : Z) : R := powerRZ 2 k.

Lemma pow2_pos k : 0 < pow2 k.
Proof. apply powerRZ_lt. lra. Qed.

Lemma pow2_add j k : pow2 (j + k) = pow2 j * pow2 k.
Proof. apply powerRZ_add. lra. Qed.

Lemma pow2_opp k : pow2 (- k) * pow2 k = 1.
Proof. rewrite <- pow2_add. now rewrite Z.add_opp_diag_l. Qed.

Lemma pow2_IZR k : (0 <= k)%Z -> IZR (2 ^ k) = pow2 k.
Proof.
  intros Hk. rewrite <- (Z2Nat.id k Hk). unfold pow2. rewrite <- pow_powerRZ.
  symmetry. apply pow_IZR.
Qed.

Lemma IZR_div_bounds n d :
  (0 < d)%Z -> IZR (n / d) <= IZR n / IZR d < IZR (n / d) + 1.
Proof.
  intros Hd. pose proof (IZR_lt 0 d Hd) as Hd'.
  pose proof (Z.div_mod n d ltac:(lia)) as E. pose proof (Z.mod_pos_bound n d Hd) as [M1 M2].
  apply IZR_le in M1. apply IZR_lt in M2. apply (f_equal IZR) in E.
  rewrite plus_IZR, mult_IZR in E.
  assert (Eq : IZR n / IZR d = IZR (n / d) + IZR (n mod d) / IZR d) by (rewrite E; field; lra).
  assert (0 <= IZR (n mod d) / IZR d < 1); [|lra].
  split.
  - apply Rmult_le_pos; [exact M1|]. apply Rlt_le. now apply Rinv_0_lt_compat.
  - apply Rmult_lt_reg_r with (IZR d); [exact Hd'|]. unfold Rdiv.
    rewrite Rmult_assoc, Rinv_l by lra. lra.
Qed.

Module Balls (Int : INTEGERS).

(** ** Reals that integers stand for *)

Definition real (x : Int.t) : R := IZR (Int.to_Z x).

Lemma real_of_Z z : real (Int.of_Z z) = IZR z.
Proof. unfold real. now rewrite Int.of_Z_spec. Qed.

Lemma real_add x y : real (Int.add x y) = real x + real y.
Proof. unfold real. rewrite Int.add_spec. apply plus_IZR. Qed.

Lemma real_sub x y : real (Int.sub x y) = real x - real y.
Proof. unfold real. rewrite Int.sub_spec. apply minus_IZR. Qed.

Lemma real_mul x y : real (Int.mul x y) = real x * real y.
Proof. unfold real. rewrite Int.mul_spec. apply mult_IZR. Qed.

Lemma real_abs x : real (Int.abs x) = Rabs (real x).
Proof. unfold real. rewrite Int.abs_spec. apply abs_IZR. Qed.

Lemma real_opp x : real (Int.opp x) = - real x.
Proof. unfold real. rewrite Int.opp_spec. apply opp_IZR. Qed.

Lemma real_leb x y : Int.leb x y = true -> real x <= real y.
Proof. rewrite Int.leb_spec. intros H. now apply IZR_le, Z.leb_le. Qed.

Lemma real_div n d :
  0 < real d -> real (Int.div n d) <= real n / real d < real (Int.div n d) + 1.
Proof.
  unfold real. intros H. rewrite Int.div_spec. apply IZR_div_bounds. now apply lt_IZR.
Qed.

Lemma real_shiftr x k :
  (0 <= Int.to_Z k)%Z ->
  real (Int.shiftr x k) <= real x * pow2 (- Int.to_Z k) < real (Int.shiftr x k) + 1.
Proof.
  intros Hk. unfold real. rewrite Int.shiftr_spec, Z.shiftr_div_pow2 by exact Hk.
  pose proof (IZR_div_bounds (Int.to_Z x) (2 ^ Int.to_Z k)) as H.
  rewrite pow2_IZR in H by exact Hk.
  replace (pow2 (- Int.to_Z k)) with (/ pow2 (Int.to_Z k)).
  - apply H. apply Z.pow_pos_nonneg; lia.
  - pose proof (pow2_opp (Int.to_Z k)). pose proof (pow2_pos (Int.to_Z k)).
    apply Rmult_eq_reg_r with (pow2 (Int.to_Z k)); [|lra]. rewrite Rinv_l; lra.
Qed.

Lemma real_shiftl x k :
  (0 <= Int.to_Z k)%Z -> real (Int.shiftl x k) = real x * pow2 (Int.to_Z k).
Proof.
  intros Hk. unfold real. rewrite Int.shiftl_spec, Z.shiftl_mul_pow2 by exact Hk.
  now rewrite mult_IZR, pow2_IZR.
Qed.

(** ** Balls *)

Record ball := Ball { centre : Int.t; radius : Int.t }.

Definition contains (k : Z) (x : ball) (v : R) :=
  Rabs (v * pow2 k - real (centre x)) <= real (radius x).

Lemma contains_between k x v :
  contains k x v <->
  real (centre x) - real (radius x) <= v * pow2 k <= real (centre x) + real (radius x).
Proof.
  unfold contains. split; intros H.
  - apply Rabs_le_between in H. lra.
  - apply Rabs_le. lra.
Qed.

Lemma radius_nonneg k x v : contains k x v -> 0 <= real (radius x).
Proof. intros H. apply Rle_trans with (2 := H). apply Rabs_pos. Qed.

Definition zero := Int.of_Z 0.
Definition one := Int.of_Z 1.
Definition two := Int.of_Z 2.

Lemma real_zero : real zero = 0. Proof. apply real_of_Z. Qed.
Lemma real_one : real one = 1. Proof. apply real_of_Z. Qed.
Lemma real_two : real two = 2. Proof. apply real_of_Z. Qed.

Definition lower x := Int.sub (centre x) (radius x).
Definition upper x := Int.add (centre x) (radius x).
(** A bound on |v 2^k|. *)
Definition magnitude x := Int.add (Int.abs (centre x)) (radius x).
(** One from below, perhaps negative. *)
Definition distance x := Int.sub (Int.abs (centre x)) (radius x).

Lemma lower_le k x v : contains k x v -> real (lower x) <= v * pow2 k.
Proof. rewrite contains_between. unfold lower. rewrite real_sub. lra. Qed.

Lemma le_upper k x v : contains k x v -> v * pow2 k <= real (upper x).
Proof. rewrite contains_between. unfold upper. rewrite real_add. lra. Qed.

Lemma le_magnitude k x v : contains k x v -> Rabs (v * pow2 k) <= real (magnitude x).
Proof.
  unfold contains, magnitude. rewrite real_add, real_abs. intros H.
  replace (v * pow2 k) with ((v * pow2 k - real (centre x)) + real (centre x)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. lra.
Qed.

Lemma distance_le k x v : contains k x v -> real (distance x) <= Rabs (v * pow2 k).
Proof.
  unfold contains, distance. rewrite real_sub, real_abs. intros H.
  pose proof (Rabs_triang_inv (real (centre x)) (v * pow2 k)) as Ht.
  rewrite Rabs_minus_sym in Ht. lra.
Qed.

(** ** Operations *)

Definition add x y :=
  Ball (Int.add (centre x) (centre y)) (Int.add (radius x) (radius y)).

Definition sub x y :=
  Ball (Int.sub (centre x) (centre y)) (Int.add (radius x) (radius y)).

Definition shift_left k x := Ball (Int.shiftl (centre x) k) (Int.shiftl (radius x) k).

Definition shift_right k x :=
  Ball (Int.shiftr (centre x) k) (Int.add (Int.shiftr (radius x) k) two).

(** x n/d. *)
Definition scale_by (n d : Int.t) x :=
  Ball (Int.div (Int.mul n (centre x)) d)
       (Int.add (Int.div (Int.mul n (radius x)) d) two).

(** The product, shifted to the right by [bits]. The radius is
    (|x| rad y + |y| rad x) 2^-bits; the magnitudes are first cut down by [coarse] bits,
    rounded upward, which makes these two products cheap. [rest] is [bits] - [coarse]. *)
Definition mul (bits coarse rest : Int.t) x y :=
  let cut z := Int.add (Int.shiftr z coarse) one in
  Ball (Int.shiftr (Int.mul (centre x) (centre y)) bits)
       (Int.add
          (Int.shiftr
             (Int.add (Int.mul (cut (magnitude x)) (radius y))
                      (Int.mul (cut (Int.abs (centre y))) (radius x)))
             rest)
          two).

Lemma add_ok k x y v w : contains k x v -> contains k y w -> contains k (add x y) (v + w).
Proof.
  rewrite !contains_between. simpl. rewrite !real_add. rewrite Rmult_plus_distr_r. lra.
Qed.

Lemma sub_ok k x y v w : contains k x v -> contains k y w -> contains k (sub x y) (v - w).
Proof.
  rewrite !contains_between. simpl. rewrite real_sub, real_add.
  replace ((v - w) * pow2 k) with (v * pow2 k - w * pow2 k) by ring. lra.
Qed.

Definition double x := add x x.

Lemma double_ok k x v : contains k x v -> contains k (double x) (2 * v).
Proof. intros H. replace (2 * v) with (v + v) by ring. now apply add_ok. Qed.

Lemma shift_left_ok j k n x v :
  (0 <= Int.to_Z n)%Z -> k = (j + Int.to_Z n)%Z -> contains j x v ->
  contains k (shift_left n x) v.
Proof.
  intros Hn -> H. rewrite contains_between in *. simpl.
  rewrite !real_shiftl, pow2_add by exact Hn. pose proof (pow2_pos (Int.to_Z n)) as Hp.
  set (u := pow2 (Int.to_Z n)) in *. rewrite <- Rmult_assoc.
  split; [rewrite <- Rmult_minus_distr_r|rewrite <- Rmult_plus_distr_r];
    apply Rmult_le_compat_r; lra.
Qed.

Lemma shift_right_ok j k n x v :
  (0 <= Int.to_Z n)%Z -> k = (j - Int.to_Z n)%Z -> contains j x v ->
  contains k (shift_right n x) v.
Proof.
  intros Hn -> H. rewrite contains_between in *. simpl. rewrite real_add, real_two.
  unfold Z.sub. rewrite pow2_add, <- Rmult_assoc.
  pose proof (real_shiftr (centre x) n Hn). pose proof (real_shiftr (radius x) n Hn).
  pose proof (pow2_pos (- Int.to_Z n)) as Hp. set (u := pow2 (- Int.to_Z n)) in *.
  assert ((real (centre x) - real (radius x)) * u <= v * pow2 j * u)
    by (apply Rmult_le_compat_r; lra).
  assert (v * pow2 j * u <= (real (centre x) + real (radius x)) * u)
    by (apply Rmult_le_compat_r; lra).
  lra.
Qed.

Lemma scale_by_ok k n d x v :
  0 <= real n -> 0 < real d -> contains k x v -> contains k (scale_by n d x) (real n / real d * v).
Proof.
  intros Hn Hd H. rewrite contains_between in *. simpl. rewrite real_add, real_two.
  pose proof (real_div (Int.mul n (centre x)) d Hd) as H1.
  pose proof (real_div (Int.mul n (radius x)) d Hd) as H2.
  rewrite real_mul in H1, H2. unfold Rdiv in *. pose proof (Rinv_0_lt_compat _ Hd) as Hi.
  assert (Hq : 0 <= real n * / real d) by (apply Rmult_le_pos; lra).
  set (q := real n * / real d) in *.
  replace (real n * real (centre x) * / real d) with (q * real (centre x)) in H1
    by (unfold q; ring).
  replace (real n * real (radius x) * / real d) with (q * real (radius x)) in H2
    by (unfold q; ring).
  assert (q * (real (centre x) - real (radius x)) <= q * (v * pow2 k))
    by (apply Rmult_le_compat_l; lra).
  assert (q * (v * pow2 k) <= q * (real (centre x) + real (radius x)))
    by (apply Rmult_le_compat_l; lra).
  lra.
Qed.

(** |v w - x y| where |v - x| <= r, |w - y| <= t. *)
Lemma product_error v w x y r t :
  Rabs (v - x) <= r -> Rabs (w - y) <= t ->
  Rabs (v * w - x * y) <= (Rabs x + r) * t + Rabs y * r.
Proof.
  intros Hv Hw. replace (v * w - x * y) with (v * (w - y) + y * (v - x)) by ring.
  eapply Rle_trans; [apply Rabs_triang|]. rewrite !Rabs_mult.
  assert (Rabs v <= Rabs x + r).
  { replace v with (x + (v - x)) by ring. eapply Rle_trans; [apply Rabs_triang|]. lra. }
  pose proof (Rabs_pos v). pose proof (Rabs_pos y). pose proof (Rabs_pos (w - y)).
  apply Rplus_le_compat; [apply Rmult_le_compat|apply Rmult_le_compat_l]; lra.
Qed.

Lemma mul_ok i j k bits coarse rest x y v w :
  (0 <= Int.to_Z coarse)%Z -> (0 <= Int.to_Z rest)%Z ->
  Int.to_Z bits = (Int.to_Z coarse + Int.to_Z rest)%Z -> k = (i + j - Int.to_Z bits)%Z ->
  contains i x v -> contains j y w -> contains k (mul bits coarse rest x y) (v * w).
Proof.
  intros Hc Hr Hb -> Hx Hy.
  pose proof (radius_nonneg _ _ _ Hx) as Rx. pose proof (radius_nonneg _ _ _ Hy) as Ry.
  rewrite contains_between. unfold mul. simpl. rewrite real_add, real_two.
  assert (Hbits : (0 <= Int.to_Z bits)%Z) by lia.
  pose proof (real_shiftr (Int.mul (centre x) (centre y)) bits Hbits) as S1.
  rewrite real_mul in S1.
  pose proof (product_error _ _ _ _ _ _ Hx Hy) as E.
  set (mx := Int.add (Int.shiftr (magnitude x) coarse) one) in *.
  set (my := Int.add (Int.shiftr (Int.abs (centre y)) coarse) one) in *.
  pose proof (real_shiftr (Int.add (Int.mul mx (radius y)) (Int.mul my (radius x))) rest Hr) as S2.
  rewrite real_add, !real_mul in S2.
  assert (Mx : (Rabs (real (centre x)) + real (radius x)) * pow2 (- Int.to_Z coarse) <= real mx).
  { unfold mx. rewrite real_add, real_one.
    pose proof (real_shiftr (magnitude x) coarse Hc) as S.
    assert (Em : real (magnitude x) = Rabs (real (centre x)) + real (radius x))
      by (unfold magnitude; now rewrite real_add, real_abs).
    rewrite Em in S. lra. }
  assert (My : Rabs (real (centre y)) * pow2 (- Int.to_Z coarse) <= real my).
  { unfold my. rewrite real_add, real_one.
    pose proof (real_shiftr (Int.abs (centre y)) coarse Hc) as S. rewrite real_abs in S. lra. }
  replace (v * w * pow2 (i + j - Int.to_Z bits))
    with (v * pow2 i * (w * pow2 j) * pow2 (- Int.to_Z bits))
    by (unfold Z.sub; rewrite !pow2_add; ring).
  assert (Ep : pow2 (- Int.to_Z bits) = pow2 (- Int.to_Z coarse) * pow2 (- Int.to_Z rest))
    by (rewrite <- pow2_add; f_equal; lia).
  pose proof (pow2_pos (- Int.to_Z bits)) as Pb. pose proof (pow2_pos (- Int.to_Z coarse)) as Pc.
  pose proof (pow2_pos (- Int.to_Z rest)) as Pr.
  set (vw := v * pow2 i * (w * pow2 j)) in *.
  set (cx := real (centre x)) in *. set (cy := real (centre y)) in *.
  set (rx := real (radius x)) in *. set (ry := real (radius y)) in *.
  set (pb := pow2 (- Int.to_Z bits)) in *. set (pc := pow2 (- Int.to_Z coarse)) in *.
  set (pr := pow2 (- Int.to_Z rest)) in *.
  assert (E2 : Rabs (vw - cx * cy) * pb <= (real mx * ry + real my * rx) * pr).
  { apply Rle_trans with (((Rabs cx + rx) * ry + Rabs cy * rx) * pb);
      [apply Rmult_le_compat_r; lra|].
    rewrite Ep, <- Rmult_assoc. apply Rmult_le_compat_r; [lra|].
    replace (((Rabs cx + rx) * ry + Rabs cy * rx) * pc)
      with ((Rabs cx + rx) * pc * ry + Rabs cy * pc * rx) by ring.
    apply Rplus_le_compat; apply Rmult_le_compat_r; lra. }
  replace (Rabs (vw - cx * cy) * pb) with (Rabs (vw * pb - cx * cy * pb)) in E2.
  - apply Rabs_le_between in E2. lra.
  - rewrite <- Rmult_minus_distr_r, Rabs_mult, (Rabs_pos_eq pb) by lra. reflexivity.
Qed.

(** ** Balls around given numbers *)

(** n/d at scale [bits], to within one unit. *)
Definition of_fraction (bits : Z) (n d : Z) :=
  Ball (Int.of_Z (n * 2 ^ bits / d)) one.

Lemma of_fraction_ok bits n d :
  (0 <= bits)%Z -> (0 < d)%Z -> contains bits (of_fraction bits n d) (IZR n / IZR d).
Proof.
  intros Hb Hd. rewrite contains_between. simpl. rewrite real_one, real_of_Z.
  pose proof (IZR_div_bounds (n * 2 ^ bits) d Hd) as H. rewrite mult_IZR, pow2_IZR in H by exact Hb.
  replace (IZR n / IZR d * pow2 bits) with (IZR n * pow2 bits / IZR d) by (unfold Rdiv; ring).
  lra.
Qed.

(** An integer, exactly. *)
Definition of_integer (bits : Z) (n : Z) := Ball (Int.of_Z (n * 2 ^ bits)) zero.

Lemma of_integer_ok bits n : (0 <= bits)%Z -> contains bits (of_integer bits n) (IZR n).
Proof.
  intros Hb. rewrite contains_between. simpl.
  rewrite real_zero, real_of_Z, mult_IZR, pow2_IZR by exact Hb. lra.
Qed.

(** ** Signs *)

Lemma sign_pos k x v : contains k x v -> Int.leb one (lower x) = true -> 0 < v.
Proof.
  intros Hx H. apply real_leb in H. rewrite real_one in H.
  pose proof (lower_le _ _ _ Hx). pose proof (pow2_pos k).
  apply Rmult_lt_reg_r with (pow2 k); lra.
Qed.

Lemma sign_nonneg k x v : contains k x v -> Int.leb zero (lower x) = true -> 0 <= v.
Proof.
  intros Hx H. apply real_leb in H. rewrite real_zero in H.
  pose proof (lower_le _ _ _ Hx). pose proof (pow2_pos k).
  apply Rmult_le_reg_r with (pow2 k); lra.
Qed.

End Balls.
